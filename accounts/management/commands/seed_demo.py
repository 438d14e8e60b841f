from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts import demo


class Command(BaseCommand):
    help = "Make the demo accounts that are missing. Demo mode only."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--quiet", action="store_true", help="say only what was made")

    def handle(self, *, quiet: bool, **options: Any) -> None:
        if not settings.IS_DEMO:
            raise CommandError("Demo accounts exist in demo mode only (HELPDESK_MODE=demo).")
        made = demo.seed()
        for persona in made if quiet else demo.CAST:
            self.stdout.write(f"{persona.name:<20} {persona.email:<28} {persona.part}")
