"""The verbs that change a ticket, and the desk's opening hours."""

from datetime import datetime, timedelta
from functools import partial
from gettext import NullTranslations
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from django.utils.translation import trans_real

from backplane.models import Version
from tests.knowledge.at_once import at_once
from tickets import lifecycle, pace
from tickets.models import Comment, Source, Status, Ticket

pytestmark = pytest.mark.postgres

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


def test_a_resolved_ticket_takes_the_desks_words_and_not_the_requesters(ticket, ada, grace):
    lifecycle.resolve(ticket, by=grace)

    with pytest.raises(lifecycle.InvalidTransition, match="takes no reply"):
        lifecycle.respond(ticket, by=ada, body="Still broken")
    lifecycle.respond(ticket, by=grace, body="For the record")

    assert [comment.body for comment in ticket.comments.public()] == ["For the record"]


def test_refusals_are_said_in_the_language_of_whoever_acts(ticket, ada, grace, monkeypatch):
    class Shouting(NullTranslations):
        def gettext(self, message):
            return f"{message}!!"

        def ngettext(self, one, many, count):
            return f"{one if count == 1 else many}!!"

    lifecycle.resolve(ticket, by=grace)
    monkeypatch.setattr(trans_real._active, "value", Shouting(), raising=False)

    with pytest.raises(lifecycle.InvalidTransition, match=r"^#\d+ is resolved .*!!$"):
        lifecycle.respond(ticket, by=ada, body="Still broken")
    with pytest.raises(lifecycle.InvalidTransition, match=r"^#\d+ is already .*!!$"):
        lifecycle.resolve(ticket, by=grace)
    assert all(
        error(60).words.endswith("!!") for error in (pace.TooManyTickets, pace.TooManyComments)
    )


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("nu\x00ll", "null"),
        ("be\x07ll \x1b[31m", "bell [31m"),
        ("half \ud83d pair", "half \ufffd pair"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("مرحبا 👩\u200d💻", "مرحبا 👩\u200d💻"),
    ],
)
def test_what_no_database_stores_is_taken_out(ada, grace, typed, stored):
    ticket = lifecycle.open_ticket(requester=ada, subject=typed, description=typed, reason="")
    lifecycle.respond(ticket, by=grace, body=typed)
    lifecycle.resolve(ticket, by=grace, note=typed)

    ticket.refresh_from_db()
    assert (ticket.subject, ticket.description) == (stored, stored)
    assert [comment.body for comment in ticket.comments.public()] == [stored, stored]


class TestPace:
    def ask(self, by):
        return lifecycle.open_ticket(
            requester=by, subject="Printer", description="", reason="", source=Source.WEB
        )

    def test_after_so_many_tickets_in_an_hour_the_next_waits(self, ada, eve):
        for _ in range(pace.TICKETS_PER_HOUR):
            self.ask(ada)
        oldest = Ticket.objects.earliest("opened_at")
        Ticket.objects.filter(pk=oldest.pk).update(opened_at=timezone.now() - timedelta(minutes=40))

        with pytest.raises(pace.TooManyTickets) as refused:
            self.ask(ada)

        assert 19 * 60 < refused.value.wait_s <= 20 * 60
        assert "in 20 minutes" in refused.value.words
        assert Ticket.objects.count() == pace.TICKETS_PER_HOUR
        assert self.ask(eve).requester == eve

    def test_when_the_hour_is_over_the_next_is_opened(self, ada):
        for _ in range(pace.TICKETS_PER_HOUR):
            self.ask(ada)
        oldest = Ticket.objects.earliest("opened_at")
        Ticket.objects.filter(pk=oldest.pk).update(opened_at=timezone.now() - timedelta(hours=1))

        assert self.ask(ada).pk

    def test_a_chat_that_becomes_a_ticket_is_not_refused(self, ada):
        for _ in range(pace.TICKETS_PER_HOUR):
            self.ask(ada)

        assert lifecycle.open_ticket(requester=ada, subject="Chat", description="", reason="").pk

    def test_the_requester_waits_after_so_many_comments_and_the_desk_does_not(
        self, ticket, ada, grace, settings
    ):
        settings.QUESTIONS_PER_MINUTE = 3
        for _ in range(3):
            lifecycle.respond(ticket, by=ada, body="And?")
            lifecycle.respond(ticket, by=grace, body="Soon")

        with pytest.raises(pace.TooManyComments) as refused:
            lifecycle.respond(ticket, by=ada, body="And?")
        lifecycle.respond(ticket, by=grace, body="Soon")

        assert 50 < refused.value.wait_s <= 60
        assert f"in {refused.value.wait_s} seconds" in refused.value.words
        assert Comment.objects.filter(author=ada).count() == 3

    @pytest.mark.django_db(transaction=True)
    def test_tickets_sent_at_once_count_each_other(self, ada):
        for _ in range(pace.TICKETS_PER_HOUR - 1):
            self.ask(ada)

        results = at_once(*[partial(self.ask, ada)] * 4)

        assert len([result for result in results if isinstance(result, Ticket)]) == 1
        assert len([result for result in results if isinstance(result, pace.TooManyTickets)]) == 3


class TestAtOnce:
    ROUNDS = 5

    @pytest.mark.django_db(transaction=True)
    def test_of_two_agents_one_takes_the_ticket_and_both_are_heard(self, ada, grace, linus):
        for _ in range(self.ROUNDS):
            ticket = lifecycle.open_ticket(requester=ada, subject="x", description="", reason="")

            first, second = at_once(
                partial(lifecycle.respond, ticket, by=grace, body="Grace here"),
                partial(lifecycle.respond, ticket, by=linus, body="Linus here"),
            )

            ticket.refresh_from_db()
            assert {first.body, second.body} == {"Grace here", "Linus here"}
            assert ticket.status == Status.OPEN
            assert ticket.assignee == ticket.comments.earliest("pk").author
            assert ticket.comments.count() == 2

    @pytest.mark.django_db(transaction=True)
    def test_a_reply_beside_the_end_is_either_kept_before_it_or_refused(self, ada, grace):
        for _ in range(self.ROUNDS):
            ticket = lifecycle.open_ticket(requester=ada, subject="x", description="", reason="")

            replied, resolved = at_once(
                partial(lifecycle.respond, ticket, by=ada, body="Still broken"),
                partial(lifecycle.resolve, ticket, by=grace, note="Fixed"),
            )

            ticket.refresh_from_db()
            bodies = [comment.body for comment in ticket.comments.order_by("pk")]
            assert resolved is None
            assert ticket.status == Status.RESOLVED
            if isinstance(replied, Comment):
                assert bodies == ["Still broken", "Fixed"]
            else:
                assert isinstance(replied, lifecycle.InvalidTransition)
                assert bodies == ["Fixed"]

    @pytest.mark.django_db(transaction=True)
    def test_of_two_ends_one_counts(self, ada, grace, linus):
        for _ in range(self.ROUNDS):
            ticket = lifecycle.open_ticket(requester=ada, subject="x", description="", reason="")

            results = at_once(
                partial(lifecycle.resolve, ticket, by=grace, note="Fixed"),
                partial(lifecycle.resolve, ticket, by=linus, note="Fixed"),
            )

            names = sorted(type(result).__name__ for result in results)
            assert names == ["InvalidTransition", "NoneType"]
            assert ticket.comments.count() == 1


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
