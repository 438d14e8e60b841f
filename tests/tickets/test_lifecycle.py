"""The verbs that change a ticket, and the desk's opening hours."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from backplane.models import Version
from tickets import lifecycle
from tickets.models import Source, Status, Ticket

NEW_YORK = ZoneInfo("America/New_York")


@pytest.fixture
def ticket(ada):
    return lifecycle.open_ticket(
        requester=ada, subject="No Wi-Fi", description="Since noon", reason="Asked for a person"
    )


def at(text):
    """A moment in campus time; 23 November 2026 is a Monday."""
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


def test_a_new_ticket_waits_in_line_without_its_secrets(ada):
    ticket = lifecycle.open_ticket(
        requester=ada,
        subject="Locked out",
        description="my password is hunter2hunter2",
        reason="",
        source=Source.WEB,
    )

    assert (ticket.status, ticket.assignee, ticket.source) == (Status.NEW, None, Source.WEB)
    assert "hunter2" not in ticket.description
    assert ticket.number == 1000 + ticket.pk


def test_the_agent_who_answers_first_takes_the_ticket(ticket, grace, linus):
    lifecycle.respond(ticket, by=grace, body="Hello")
    lifecycle.respond(ticket, by=linus, body="Hello too")

    ticket.refresh_from_db()
    assert (ticket.status, ticket.assignee) == (Status.OPEN, grace)


def test_the_requesters_own_words_leave_it_in_line(ticket, ada):
    lifecycle.respond(ticket, by=ada, body="One more thing")

    ticket.refresh_from_db()
    assert ticket.status == Status.NEW


def test_a_resolved_ticket_cannot_be_resolved_again(ticket, grace):
    lifecycle.resolve(ticket, by=grace, note="Fixed")

    with pytest.raises(lifecycle.InvalidTransition, match="already resolved"):
        lifecycle.resolve(ticket, by=grace)

    ticket.refresh_from_db()
    assert ticket.status == Status.RESOLVED
    assert ticket.resolved_at is not None
    assert [comment.body for comment in ticket.comments.public()] == ["Fixed"]


def test_every_change_bumps_the_topic_that_open_pages_watch(ticket, grace):
    lifecycle.respond(ticket, by=grace, body="Hello")
    before = Version.objects.get(topic=lifecycle.topic(ticket)).version

    lifecycle.resolve(ticket, by=grace)

    assert Version.objects.get(topic=lifecycle.topic(ticket)).version == before + 1


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-11-23T08:00", None),
        ("2026-11-23T17:59", None),
        ("2026-11-23T07:59", "2026-11-23T08:00"),
        ("2026-11-23T18:00", "2026-11-24T08:00"),
        ("2026-11-27T20:00", "2026-11-28T10:00"),
        ("2026-11-28T14:00", "2026-11-30T08:00"),
        ("2026-11-29T12:00", "2026-11-30T08:00"),
    ],
)
def test_the_desk_opens_next(now, opens):
    assert lifecycle.next_opening(at(now)) == (at(opens) if opens else None)


def test_strangers_see_no_ticket_and_the_desk_sees_all(ticket, ada, eve, grace):
    seen = [list(Ticket.objects.visible_to(person)) for person in (ada, eve, grace)]

    assert seen == [[ticket], [], [ticket]]
