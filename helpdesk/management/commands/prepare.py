"""`manage.py prepare`: everything between the installed packages and the first start."""

from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.core.management.base import BaseCommand

from accounts import demo


class Command(BaseCommand):
    help = "Migrate, make the cache's table, collect files, seed; does nothing that is done."

    def handle(self, *, verbosity: int, **options: object) -> None:
        quiet = {"verbosity": verbosity - 1}
        call_command("migrate", interactive=False, **quiet)
        call_command("createcachetable", **quiet)
        if has_newer_files():
            self.stdout.write("Collecting static files …")
            call_command("collectstatic", interactive=False, **quiet)
        call_command("seed_articles")
        if settings.IS_DEMO:
            demo.seed()


def has_newer_files() -> bool:
    """Whether a static file changed since all were last collected."""
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    if not manifest.exists():
        return True
    collected_at = manifest.stat().st_mtime
    found = (
        storage.path(name) for finder in finders.get_finders() for name, storage in finder.list([])
    )
    return any(Path(path).stat().st_mtime > collected_at for path in found)
