"""The verbs that change a ticket; nothing changes one any other way."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import campus
from accounts.models import User
from accounts.redaction import clean, redact
from backplane import versions
from tickets import pace
from tickets.models import Comment, Source, Status, Ticket

CLOSED_DAYS_AT_MOST = 30


class InvalidTransition(Exception):
    """The ticket's state does not allow this; says so in words for the person who tried."""


@transaction.atomic
def open_ticket(
    *, requester: User, subject: str, description: str, reason: str, source: Source = Source.CHAT
) -> Ticket:
    """Open a ticket; secrets in its words are taken out before they are stored.

    Raises TooManyTickets when it comes from the form; a chat paces its questions itself.
    """
    if source == Source.WEB:
        requester = User.objects.select_for_update(no_key=True).get(pk=requester.pk)
        pace.check_tickets(requester)
    ticket = Ticket.objects.create(
        requester=requester,
        subject=_storable(subject)[:200],
        description=_storable(description),
        reason=reason,
        source=source,
    )
    versions.bump("tickets")
    return ticket


@transaction.atomic
def respond(
    ticket: Ticket, *, by: User, body: str, is_public: bool = True, client_key: str = ""
) -> Comment:
    """Add what a person wrote; staff answering opens a new ticket and takes it.

    A key that was seen before returns the comment stored then.

    Raises InvalidTransition when the requester writes to a resolved ticket, and TooManyComments
    when the requester writes too often.
    """
    locked = Ticket.objects.select_for_update().get(pk=ticket.pk)
    if client_key and (seen := locked.comments.filter(client_key=client_key).first()):
        return seen
    is_own = by.pk == locked.requester_id
    if is_own and not locked.is_open:
        words = _("#%(number)s is resolved and takes no reply.")
        raise InvalidTransition(words % {"number": locked.number})
    if is_own:
        pace.check_comments(by)
    comment = locked.comments.create(
        author=by, body=_storable(body), is_public=is_public, client_key=client_key
    )
    if by.is_staff and not is_own and locked.status == Status.NEW:
        locked.status, locked.assignee = Status.OPEN, locked.assignee or by
        locked.save(update_fields=["status", "assignee"])
    versions.bump(topic(locked), expires_in=timedelta(hours=1))
    return comment


@transaction.atomic
def resolve(ticket: Ticket, *, by: User, note: str = "") -> None:
    """Mark the ticket resolved. Raises InvalidTransition when it already is."""
    locked = Ticket.objects.select_for_update().get(pk=ticket.pk)
    if not locked.is_open:
        words = _("#%(number)s is already resolved.")
        raise InvalidTransition(words % {"number": locked.number})
    locked.status, locked.resolved_at = Status.RESOLVED, timezone.now()
    locked.save(update_fields=["status", "resolved_at"])
    if note:
        locked.comments.create(author=by, body=_storable(note), is_public=True)
    versions.bump(topic(locked), expires_in=timedelta(hours=1))


def topic(ticket: Ticket) -> str:
    """The version topic that an open page of this ticket watches."""
    return f"ticket:{ticket.pk}"


def next_opening(now: datetime) -> datetime | None:
    """When the desk opens next, in campus time; None while it is open or never opens."""
    local = now.astimezone(campus.time_zone())
    hours = campus.opening_hours(local.weekday())
    if hours and hours[0] <= local.time() < hours[1]:
        return None
    for days in range(CLOSED_DAYS_AT_MOST):
        day = local.date() + timedelta(days=days)
        hours = campus.opening_hours(day.weekday())
        if hours and (opens := datetime.combine(day, hours[0], local.tzinfo)) > local:
            return opens
    return None


def _storable(text: str) -> str:
    """Without secrets and without what no database stores."""
    return redact(clean(text)).text
