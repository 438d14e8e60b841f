"""The environment under the tests, set before Django reads it: `--db=postgres`, `--layer=redis`.

The developer's `.env` has no say. The fixtures everybody uses are in `cast.py`.
"""

import os
import shutil
import tempfile
from pathlib import Path

import django
import pytest
from django.conf import settings

from helpdesk.env import Environment
from tests import backends

SECRET = "only-for-tests-0123456789-0123456789-0123456789-0123456789"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--db", choices=["sqlite", "postgres"], default="sqlite")
    parser.addoption("--layer", choices=["memory", "redis"], default="memory")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    if "PYTEST_XDIST_WORKER" not in os.environ:  # a worker inherits its parent's servers
        _set_environment(config)
    os.environ["DJANGO_SETTINGS_MODULE"] = "helpdesk.settings"
    _serve_static_files_uncollected()
    django.setup()
    config.pluginmanager.import_plugin("tests.cast")


def _set_environment(config: pytest.Config) -> None:
    folder = Path(tempfile.mkdtemp(prefix="helpdesk-tests-"))
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    for name in Environment.model_fields:
        os.environ.pop(name.upper(), None)
    os.environ |= {"ENV_FILE": os.devnull, "HELPDESK_MODE": "demo", "SECRET_KEY": SECRET}
    os.environ["DATABASE_URL"] = f"sqlite:///{folder}/helpdesk.sqlite3"
    if config.getoption("db") == "postgres":
        os.environ["DATABASE_URL"] = config._cleanup_stack.enter_context(backends.postgres())
    if config.getoption("layer") == "redis":
        os.environ["REDIS_URL"] = config._cleanup_stack.enter_context(backends.redis())


def _serve_static_files_uncollected() -> None:
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}
    settings.WHITENOISE_AUTOREFRESH = settings.WHITENOISE_USE_FINDERS = True
