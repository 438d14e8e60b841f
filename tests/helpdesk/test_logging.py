"""A failure is told on standard error, without what anybody wrote."""

import logging
from collections.abc import Iterator
from io import StringIO

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from accounts.models import HeldSignIn, User
from backplane.worker import Worker
from helpdesk.logging import traceback_of
from tests.backplane import errands

WORDS = "my password is hunter2"


def fail(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("the printer is on fire")


urlpatterns = [path("fail/", fail)]


@pytest.fixture
def log() -> Iterator[StringIO]:
    """What the configured handler writes."""
    handler = next(h for h in logging.getLogger().handlers if h.get_name() == "stderr")
    written = StringIO()
    before = handler.setStream(written)
    yield written
    handler.setStream(before)


def refuse_words(user: User) -> None:
    """Have the database refuse a row that holds them."""
    with transaction.atomic():
        HeldSignIn.objects.create(user=user, google_subject=WORDS, decision="accepted")


@pytest.mark.urls(__name__)
def test_a_view_that_raises_is_told_with_its_traceback_and_without_what_was_posted(log):
    client = Client(raise_request_exception=False)

    answer = client.post("/fail/", {"text": WORDS})

    assert answer.status_code == 500
    assert "ERROR django.request: Internal Server Error: /fail/" in log.getvalue()
    assert "in fail" in log.getvalue()
    assert "RuntimeError: the printer is on fire" in log.getvalue()
    assert "hunter2" not in log.getvalue()


@pytest.mark.postgres
@pytest.mark.django_db
def test_a_row_that_the_database_refuses_is_told_by_its_constraint_alone(ada, log):
    try:
        refuse_words(ada)
    except IntegrityError as error:
        quoted = str(error)
        logging.getLogger("chat").exception("A question could not be stored")
        logging.getLogger("chat").warning("It was refused: %s", error)
        logging.getLogger("asyncio").error(f"exception={error!r}")

    assert ("hunter2" in quoted) is (connection.vendor == "postgresql")
    assert "hunter2" not in log.getvalue()
    assert log.getvalue().count("accounts_heldsignin") >= 3
    assert "django.db.utils.IntegrityError: " in log.getvalue()


@pytest.mark.postgres
@pytest.mark.django_db
def test_a_value_that_the_database_refuses_is_not_told(log):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite takes any value; the PostgreSQL run covers this")

    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT CAST(%s AS integer)", [WORDS])
    except Exception:
        logging.getLogger("chat").exception("A question could not be stored")

    assert "InvalidTextRepresentation" in log.getvalue()
    assert "hunter2" not in log.getvalue()


def test_causes_are_told_before_what_they_caused():
    try:
        try:
            raise OperationalError("the server is away\nLINE 1: " + WORDS)
        except OperationalError as error:
            raise ValueError("not stored") from error
    except ValueError as error:
        told = traceback_of(error)

    first, second = told.split("\n\n")
    assert first.endswith("django.db.utils.OperationalError: the server is away")
    assert second.endswith("ValueError: not stored")


@pytest.mark.django_db(transaction=True)
def test_a_task_that_fails_is_told_by_the_worker(log, tmp_path):
    errands.always_fail.enqueue(str(tmp_path / "runs"))

    Worker().work_once()

    assert "ERROR backplane.worker: Task tests.backplane.errands.always_fail" in log.getvalue()
    assert "ValueError: no luck" in log.getvalue()


def test_pages_that_do_not_exist_and_accesses_are_not_logged(log, db):
    Client().get("/no/such/page/")

    assert log.getvalue() == ""
