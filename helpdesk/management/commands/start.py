"""`manage.py start`: the web server and the worker as one thing on the terminal."""

import http.client
import socket
import sys
import time
from argparse import ArgumentParser
from contextlib import closing

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from accounts import demo
from helpdesk.management.commands import web
from helpdesk.processes import Family

ALIVE_WITHIN_S = 60
STOP_GRACE_S = 2


class Command(BaseCommand):
    help = "Start the web server and the worker; Ctrl+C stops both."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--prepare", action="store_true", help="first migrate, collect files and seed"
        )

    def handle(self, *, prepare: bool, **options: object) -> None:
        host, port = settings.HOST, settings.PORT
        refuse_taken_port(host, port)
        if prepare:
            call_command("prepare")
        family = Family(grace_s=settings.DRAIN_DEADLINE_S + STOP_GRACE_S)
        family.listen_to_signals()
        try:
            self.run(family, host, port)
        finally:
            status = family.stop()
        if status:
            raise CommandError("a part ended by itself, so all was stopped", returncode=status)

    def run(self, family: Family, host: str, port: int) -> None:
        family.start(web.command(host, port))
        deadline = time.monotonic() + ALIVE_WITHIN_S
        if not family.wait(lambda: is_alive(host, port) or time.monotonic() > deadline):
            return
        if not is_alive(host, port):
            raise CommandError(f"no answer from the web server within {ALIVE_WITHIN_S} seconds")
        family.start([sys.executable, "manage.py", "worker"])
        self.greet(host, port)
        family.wait()

    def greet(self, host: str, port: int) -> None:
        address = f"http://{in_url(host)}:{port}/"
        self.stdout.write(f"\nCampus Helpdesk is at {address} (Ctrl+C stops it)")
        if settings.IS_DEMO:
            self.stdout.write("Demo accounts, one click each on the sign-in page:")
            for persona in demo.CAST:
                self.stdout.write(f"  {persona.name:<20} {persona.email:<28} {persona.part}")
        self.stdout.flush()


def refuse_taken_port(host: str, port: int) -> None:
    """Raise CommandError when we could not listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with closing(socket.socket(family)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host.strip("[]"), port))
        except OSError as error:
            raise CommandError(
                f"cannot listen on {host}:{port} ({error.strerror}); "
                f"choose another port: make run PORT={port + 1}"
            ) from error


def is_alive(host: str, port: int) -> bool:
    """Ask `/healthz`, as one of the hosts we serve."""
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host).strip("[]")
    served = "localhost" if settings.IS_DEMO else settings.ALLOWED_HOSTS[0].lstrip(".*")
    try:
        with closing(http.client.HTTPConnection(reachable, port, timeout=2)) as connection:
            connection.request("GET", "/healthz", headers={"Host": served or "localhost"})
            return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False


def in_url(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host
