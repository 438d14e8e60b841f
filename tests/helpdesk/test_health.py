"""Alive asks nobody; ready asks everybody and names who is not well."""

import asyncio

import pytest
from django.db import DatabaseError
from django.test import AsyncClient, Client

from backplane import readiness
from helpdesk import health


@pytest.fixture
def only(monkeypatch) -> None:
    """No checks but those that the test registers."""
    monkeypatch.setattr(readiness, "_checks", {})


def test_alive_needs_no_database():
    answer = Client().get("/healthz")

    assert answer.status_code == 200
    assert answer.content == b"alive\n"
    assert answer["Content-Type"] == "text/plain"


def test_probes_are_not_sent_to_https(settings):
    settings.SECURE_SSL_REDIRECT = True

    assert Client().get("/healthz").status_code == 200


@pytest.mark.postgres
@pytest.mark.channel_layer
@pytest.mark.django_db(transaction=True)
async def test_ready_asks_database_migrations_and_channel_layer(only):
    health.register()

    answer = await AsyncClient().get("/readyz")

    assert answer.json()["parts"] == {"database": "ok", "migrations": "ok", "channel layer": "ok"}
    assert answer.status_code == 200


@pytest.mark.channel_layer
async def test_a_round_trip_leaves_no_channel_behind():
    from channels.layers import get_channel_layer

    await health.check_channel_layer()

    layer = get_channel_layer()
    inner = layer._get_layer() if hasattr(layer, "_get_layer") else layer
    assert list(inner.channels) == []


async def test_what_fails_is_named_and_its_details_are_not(only, caplog):
    def fail() -> None:
        raise DatabaseError("password=hunter2")

    readiness.register("database", fail)
    readiness.register("index", lambda: None)

    answer = await AsyncClient().get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["failing"] == ["database"]
    assert answer.json()["parts"] == {"database": "failing", "index": "ok"}
    assert "hunter2" not in answer.content.decode()


async def test_a_part_may_say_why_it_is_not_ready(only):
    async def load() -> None:
        raise readiness.NotReady("the index is being built")

    readiness.register("index", load)

    answer = await AsyncClient().get("/readyz")

    assert answer.json()["parts"] == {"index": "the index is being built"}


async def test_a_part_that_does_not_answer_is_not_waited_for(only, monkeypatch):
    async def hang() -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(readiness, "DEADLINE_S", 0.05)
    readiness.register("index", hang)

    answer = await AsyncClient().get("/readyz")

    assert answer.json()["failing"] == ["index"]
