"""Where a ticket stands, in words for the person who asked."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.humanize.templatetags.humanize import ordinal
from django.utils import formats
from django.utils.translation import gettext as _

from accounts import campus
from tickets import lifecycle
from tickets.models import Comment, Status, Ticket


@dataclass(frozen=True, slots=True)
class Standing:
    """`kind` is the pill's colour: "" in line, "person", "resolved".

    `fact` and `more` are sentences; `promise` names a time, for a line of a list.
    """

    kind: str
    pill: str
    fact: str
    more: str = ""
    promise: str = ""


def of(ticket: Ticket, *, place: int, last: Comment | None, now: datetime) -> Standing:
    """Say who has the ticket and what comes next.

    `place` in line counts from 1, `last` is the newest public comment.
    """
    if ticket.status == Status.RESOLVED:
        return _resolved(ticket)
    if ticket.status == Status.NEW:
        return _in_line(place, now)
    return _with_person(ticket, last, now)


def place_in_line(ticket: Ticket) -> int:
    """How many new tickets came no later than this one, itself included."""
    earlier = Ticket.objects.filter(status=Status.NEW, opened_at__lt=ticket.opened_at)
    return earlier.count() + 1


def first_answer(comments: list[Comment]) -> Comment | None:
    """The first public comment that somebody of the desk wrote."""
    return next((c for c in comments if c.author is not None and c.author.is_staff), None)


def opening(now: datetime) -> str:
    """When a closed desk opens, as a sentence; "" while it is open."""
    opens = lifecycle.next_opening(now)
    return _opening(opens, now) if opens else ""


def day_and_time(moment: datetime, now: datetime) -> str:
    """A moment in campus time as people say it: "today at 21:58", "on 20 Nov at 9:05"."""
    local, today = _local(moment), _local(now).date()
    time = formats.date_format(local, "G:i")
    if local.date() == today:
        return _("today at %(time)s") % {"time": time}
    if local.date() == today - timedelta(days=1):
        return _("yesterday at %(time)s") % {"time": time}
    return _("on %(date)s at %(time)s") % {"date": formats.date_format(local, "j M"), "time": time}


def _resolved(ticket: Ticket) -> Standing:
    date = formats.date_format(_local(ticket.resolved_at), "j M") if ticket.resolved_at else ""
    return Standing(
        kind="resolved",
        pill=_("Resolved"),
        fact=_("Resolved."),
        more=_("If it comes back, ask a new question; that opens a new ticket."),
        promise=_("Since %(date)s") % {"date": date} if date else "",
    )


def _in_line(place: int, now: datetime) -> Standing:
    in_line = {"place": _("first") if place == 1 else ordinal(place)}
    if opens := opening(now):
        return Standing(
            kind="",
            pill=_("In line"),
            fact=opens,
            more=_("Your ticket is %(place)s in line then.") % in_line,
            promise=opens.rstrip("."),
        )
    answer = _("First answer within %(wait)s") % {"wait": campus.load().desk.first_answer}
    return Standing(
        kind="",
        pill=_("In line"),
        fact=_("Your ticket is %(place)s in line.") % in_line,
        more=f"{answer}.",
        promise=answer,
    )


def _with_person(ticket: Ticket, last: Comment | None, now: datetime) -> Standing:
    name = {"name": ticket.assignee.first_name if ticket.assignee else _("A person")}
    pill = _("With %(name)s") % name if ticket.assignee else _("With a person")
    if last and last.author and last.author_id != ticket.requester_id:
        answer = {"name": last.author.first_name, "when": day_and_time(last.created_at, now)}
        fact = _("%(name)s answered %(when)s.") % answer
        return Standing("person", pill, fact, more=_("Write back if it isn’t solved."))
    opens = opening(now)
    fact = _("%(name)s has it.") % name
    return Standing("person", pill, fact, more=opens, promise=opens.rstrip("."))


def _opening(opens: datetime, now: datetime) -> str:
    time = formats.date_format(opens, "G:i")
    days = (opens.date() - _local(now).date()).days
    if days == 0:
        return _("The desk opens at %(time)s today.") % {"time": time}
    if days == 1:
        return _("The desk opens at %(time)s tomorrow.") % {"time": time}
    day = formats.date_format(opens, "l")
    return _("The desk opens at %(time)s on %(day)s.") % {"time": time, "day": day}


def _local(moment: datetime) -> datetime:
    return moment.astimezone(campus.time_zone())
