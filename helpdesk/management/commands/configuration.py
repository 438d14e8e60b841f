"""`manage.py configuration`: is every variable of the environment written down?"""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from helpdesk import configuration


class Command(BaseCommand):
    help = "Compare docs/configuration.md and .env.example with what the product reads."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--write", action="store_true", help="write both pages anew")

    def handle(self, *, write: bool, **options: object) -> None:
        for path, text in configuration.pages().items():
            if write:
                path.write_text(text)
            elif not path.exists() or path.read_text() != text:
                raise CommandError(f"{path.name} is behind: manage.py configuration --write")
