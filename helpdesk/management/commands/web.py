"""`manage.py web`: the web server with the options it needs, in this very process."""

import os
import sys

from django.conf import settings
from django.core.management.base import BaseCommand

LARGEST_MESSAGE_BYTES = 64 * 1024


class Command(BaseCommand):
    help = "Serve pages and websockets at HOST and PORT; SIGTERM drains, then ends."

    def handle(self, **options: object) -> None:
        """Become the server, so that a signal reaches it and nobody between."""
        program, *arguments = command(settings.HOST, settings.PORT)
        os.execv(program, [program, *arguments])


def command(host: str, port: int) -> list[str]:
    largest = str(LARGEST_MESSAGE_BYTES)
    return [
        *(sys.executable, "-m", "daphne", "--bind", host, "--port", str(port)),
        *("--websocket-max-message-size", largest, "--websocket-max-frame-size", largest),
        *("--verbosity", "0", "--access-log", os.devnull, "--no-server-name"),
        "helpdesk.asgi:application",
    ]
