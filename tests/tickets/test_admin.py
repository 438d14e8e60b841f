"""Tickets in the back office: read, answered and resolved, and changed no other way."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from tickets import lifecycle
from tickets.models import Status

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(ada):
    return lifecycle.open_ticket(
        requester=ada, subject="No Wi-Fi", description="Since noon", reason=""
    )


@pytest.fixture
def graces(grace, client_of):
    grace.groups.add(Group.objects.get(name="agent"))
    return client_of(grace)


def url(name, ticket):
    return reverse(f"admin:tickets_ticket_{name}", args=[ticket.pk])


def test_grace_finds_a_ticket_by_its_number(graces, ticket):
    listing = reverse("admin:tickets_ticket_changelist")

    assert "No Wi-Fi" in graces.get(listing, {"q": f"#{ticket.number}"}).content.decode()
    assert "No Wi-Fi" not in graces.get(listing, {"q": "1999"}).content.decode()


def test_grace_answers_and_takes_it(graces, grace, ticket):
    graces.post(url("reply", ticket), {"body": "Restart it"})

    ticket.refresh_from_db()
    assert (ticket.status, ticket.assignee) == (Status.OPEN, grace)
    assert [comment.body for comment in ticket.comments.public()] == ["Restart it"]


def test_a_note_is_for_the_desk_alone(graces, ticket):
    graces.post(url("note", ticket), {"body": "Calls often"})

    assert not ticket.comments.public().exists()
    assert "Calls often" in graces.get(url("change", ticket)).content.decode()


def test_grace_resolves_with_a_last_word(graces, ticket):
    graces.post(url("resolve", ticket), {"body": "Fixed"})

    ticket.refresh_from_db()
    assert ticket.status == Status.RESOLVED
    assert ticket.comments.public().get().body == "Fixed"


def test_resolving_twice_is_said_and_the_text_kept(graces, grace, ticket):
    lifecycle.resolve(ticket, by=grace)

    response = graces.post(url("resolve", ticket), {"body": "Fixed again"})

    assert response.status_code == 422
    assert "already resolved" in response.content.decode()
    assert not ticket.comments.exists()


@pytest.mark.postgres
@pytest.mark.parametrize("verb", ["reply", "note", "resolve"])
def test_what_no_database_stores_is_taken_out(graces, ticket, verb):
    response = graces.post(url(verb, ticket), {"body": "a\x00b\x07"})

    assert response.status_code == 302
    assert ticket.comments.get().body == "ab"


def test_an_empty_reply_is_refused(graces, ticket):
    response = graces.post(url("reply", ticket), {"body": " "})

    assert response.status_code == 422
    assert "Write something first." in response.content.decode()
    assert not ticket.comments.exists()


def test_chosen_tickets_are_resolved_together(graces, ticket):
    graces.post(
        reverse("admin:tickets_ticket_changelist"),
        {"action": "resolve", "_selected_action": [ticket.pk]},
    )

    ticket.refresh_from_db()
    assert ticket.status == Status.RESOLVED


def test_even_margaret_changes_nothing_by_hand(margaret, client_of, ticket):
    client = client_of(margaret)

    assert client.post(url("change", ticket), {"status": "resolved"}).status_code == 403
    assert client.get(url("delete", ticket)).status_code == 403
    assert client.get(reverse("admin:tickets_ticket_add")).status_code == 403
    ticket.refresh_from_db()
    assert ticket.status == Status.NEW


def test_staff_without_the_right_to_read_cannot_answer(linus, client_of, ticket):
    assert client_of(linus).post(url("reply", ticket), {"body": "Hello"}).status_code == 403
    assert not ticket.comments.exists()


@pytest.mark.parametrize("name", ["reply", "note", "resolve", "change"])
def test_eve_gets_404(eve, client_of, ticket, name):
    response = client_of(eve).post(url(name, ticket), {"body": "Hello"}, follow=True)

    assert response.status_code == 404
    assert not ticket.comments.exists()


def test_ada_is_told_that_she_asked_and_the_desk_that_the_student_did(ada, graces, client_of):
    asked = lifecycle.open_ticket(
        requester=ada,
        subject="No Wi-Fi",
        description="",
        reason="The student asked for a person.",
    )

    hers = client_of(ada).get(asked.get_absolute_url()).content.decode()
    desks = graces.get(asked.get_absolute_url()).content.decode()

    assert "You asked for a person." in hers
    assert "The student asked" not in hers
    assert "The student asked for a person." in desks
