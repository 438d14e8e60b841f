"""Where a ticket stands, in plain words."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tickets import lifecycle, standing

OPEN = "2026-11-23T09:00"
CLOSED = "2026-11-21T22:00"


def at(text):
    """A moment in campus time; 23 November 2026 is a Monday."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("America/New_York"))


@pytest.fixture
def ticket(ada):
    return lifecycle.open_ticket(requester=ada, subject="a", description="", reason="")


def test_first_in_line_while_the_desk_is_open(ticket):
    stands = standing.of(ticket, place=1, last=None, now=at(OPEN))

    assert (stands.kind, stands.pill) == ("", "In line")
    assert stands.fact == "Your ticket is first in line."
    assert stands.more == "First answer within 2 hours."


def test_in_line_while_the_desk_is_closed(ticket):
    stands = standing.of(ticket, place=1, last=None, now=at(CLOSED))

    assert f"{stands.fact} {stands.more}" == (
        "The desk opens at 8:00 on Monday. Your ticket is first in line then."
    )


def test_nobody_is_told_to_be_first_who_is_not(ticket):
    assert standing.of(ticket, place=4, last=None, now=at(OPEN)).fact == (
        "Your ticket is 4th in line."
    )


@pytest.mark.parametrize(
    ("now", "words"),
    [
        ("2026-11-23T06:00", "The desk opens at 8:00 today."),
        ("2026-11-23T20:00", "The desk opens at 8:00 tomorrow."),
        ("2026-11-21T20:00", "The desk opens at 8:00 on Monday."),
        (OPEN, ""),
    ],
)
def test_the_opening_is_named_as_people_say_it(now, words):
    assert standing.opening(at(now)) == words


def test_an_agents_answer_is_named_with_its_time(ticket, grace):
    comment = lifecycle.respond(ticket, by=grace, body="Try again")
    comment.created_at = at("2026-11-23T08:41")
    ticket.refresh_from_db()

    stands = standing.of(ticket, place=1, last=comment, now=at(OPEN))

    assert (stands.kind, stands.pill) == ("person", "With Grace")
    assert stands.fact == "Grace answered today at 8:41."


def test_after_the_requesters_reply_the_agent_has_it(ticket, ada, grace):
    lifecycle.respond(ticket, by=grace, body="Try again")
    comment = lifecycle.respond(ticket, by=ada, body="Still broken")
    ticket.refresh_from_db()

    stands = standing.of(ticket, place=1, last=comment, now=at(CLOSED))

    assert (stands.fact, stands.more) == ("Grace has it.", "The desk opens at 8:00 on Monday.")


def test_a_resolved_ticket_says_how_to_go_on(ticket, grace):
    lifecycle.resolve(ticket, by=grace)
    ticket.refresh_from_db()

    stands = standing.of(ticket, place=1, last=None, now=at(OPEN))

    assert (stands.kind, stands.fact) == ("resolved", "Resolved.")
    assert stands.more == "If it comes back, ask a new question; that opens a new ticket."


def test_place_in_line_counts_only_new_tickets_that_came_before(ada, eve, grace):
    tickets = [
        lifecycle.open_ticket(requester=person, subject="a", description="", reason="")
        for person in (eve, eve, ada)
    ]
    lifecycle.respond(tickets[0], by=grace, body="I have it")

    assert standing.place_in_line(tickets[2]) == 2
