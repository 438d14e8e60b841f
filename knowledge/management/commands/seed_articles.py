"""`manage.py seed_articles`: bring the articles of the repository into the database."""

from django.core.management.base import BaseCommand, CommandError

from knowledge import seeding


class Command(BaseCommand):
    help = "Add missing articles and update those that nobody edited; see knowledge/seeding.py."

    def handle(self, **options: object) -> None:
        try:
            seeded = seeding.seed()
        except seeding.BadSeed as error:
            raise CommandError(str(error)) from error
        if any((seeded.added, seeded.updated, seeded.proposed)):
            self.stdout.write(
                f"Articles: {seeded.added} added, {seeded.updated} updated, "
                f"{seeded.proposed} proposed as revisions"
            )
