"""The cast and their browsers, for every test."""

import os
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import AsyncClient, Client
from pytest_django import DjangoDbBlocker

from accounts.models import User


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """SQLite's test database is a file as in production: threads see what others committed."""
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
        database["TEST"]["NAME"] = f"{database['NAME']}-{worker}"


@pytest.fixture
def ada(db: None) -> User:
    """Ada is a student and asks."""
    return User.objects.create_user("ada@campus.example", name="Ada Lovelace")


@pytest.fixture
def eve(db: None) -> User:
    """Eve is a student too, and a stranger to whatever is Ada's."""
    return User.objects.create_user("eve@campus.example", name="Eve Moneypenny")


@pytest.fixture
def grace(db: None) -> User:
    """Grace is an agent."""
    return User.objects.create_user("grace@campus.example", name="Grace Hopper", is_staff=True)


@pytest.fixture
def linus(db: None) -> User:
    """Linus leads the desk."""
    return User.objects.create_user("linus@campus.example", name="Linus Pauling", is_staff=True)


@pytest.fixture
def margaret(db: None) -> User:
    """Margaret administers."""
    return User.objects.create_superuser("margaret@campus.example", name="Margaret Hamilton")


@pytest.fixture
def client_of() -> Callable[[User], Client]:
    """A browser in which this person is signed in."""

    def browser(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return browser


@pytest.fixture
def async_client_of() -> Callable[[User], AsyncClient]:
    """The same for async tests."""

    def browser(user: User) -> AsyncClient:
        client = AsyncClient()
        client.force_login(user)
        return client

    return browser


@pytest.fixture(autouse=True)
def _nothing_remembered(
    request: pytest.FixtureRequest, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """The cache is a table that no rollback or flush empties after a test that commits."""
    yield
    marker = request.node.get_closest_marker("django_db")
    commits = "transactional_db" in request.fixturenames
    if commits or (marker and marker.kwargs.get("transaction")):
        with django_db_blocker.unblock():
            cache.clear()
