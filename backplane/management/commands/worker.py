"""`manage.py worker`: run tasks and fire schedules until told to stop."""

from argparse import ArgumentParser
from datetime import timedelta

from django.conf import settings
from django.core.management.base import BaseCommand

from backplane import worker


class Command(BaseCommand):
    help = "Run background tasks and schedules; any number of workers may run."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--lease-s",
            type=float,
            default=worker.LEASE.total_seconds(),
            help="seconds after which a silent worker's task is taken up by another",
        )

    def handle(self, *, lease_s: float, **options: object) -> None:
        working = worker.Worker(lease=timedelta(seconds=lease_s), drain_s=settings.DRAIN_DEADLINE_S)
        working.listen_to_signals()
        working.run()
