from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts import demo


class Command(BaseCommand):
    help = "Make the demo accounts that are missing. Demo mode only."

    def handle(self, **options: Any) -> None:
        if not settings.IS_DEMO:
            raise CommandError("Demo accounts exist in demo mode only (HELPDESK_MODE=demo).")
        demo.seed()
        for persona in demo.CAST:
            self.stdout.write(f"{persona.name:<20} {persona.email:<28} {persona.part}")
