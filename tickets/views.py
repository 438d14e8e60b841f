"""A person's own tickets. Strangers get 404; what the desk notes for itself is never shown."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import OuterRef, Prefetch, QuerySet, Subquery
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.html import linebreaks
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import campus
from accounts.http import Request
from knowledge import markdown
from tickets import lifecycle, pace, standing
from tickets.forms import COMMENT_CHARS, CommentForm, TicketForm
from tickets.models import Comment, Source, Status, Ticket

UNPROCESSABLE = 422
TOO_MANY = 429
NOTHING_NEW = 204
RESOLVED_A_PAGE = 20


@login_required
@require_safe
@never_cache
def mine(request: Request) -> HttpResponse:
    """The tickets this person asked for: open ones, then resolved ones by the page."""
    tickets = _with_last_comment(Ticket.objects.filter(requester=request.user))
    is_open = {"status__in": Status.open_states()}
    resolved = Paginator(tickets.exclude(**is_open).order_by("-resolved_at"), RESOLVED_A_PAGE)
    page = resolved.get_page(request.GET.get("page"))
    context = {
        "open": [_row(ticket) for ticket in tickets.filter(**is_open)],
        "resolved": [_row(ticket) for ticket in page],
        "page": page,
    }
    return render(request, "tickets/list.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: Request) -> HttpResponse:
    """Ask a person without asking the assistant first."""
    form = TicketForm(request.POST or None)
    if not form.is_valid():
        return _ask(request, form, status=UNPROCESSABLE if form.errors else 200)
    try:
        ticket = lifecycle.open_ticket(
            requester=request.user,
            reason=_("Asked for a person"),
            source=Source.WEB,
            **form.cleaned_data,
        )
    except pace.TooMuch as error:
        form.add_error(None, error.words)
        return _later(_ask(request, form, status=TOO_MANY), error)
    return redirect(ticket)


@login_required
@require_safe
@never_cache
def detail(request: Request, number: int) -> HttpResponse:
    return render(request, "tickets/detail.html", _page(request, _visible(request, number)))


@login_required
@require_safe
@never_cache
def news(request: Request, number: int) -> HttpResponse:
    """What an open page of the ticket swaps in; 204 when it has (`have`) everything."""
    page = _page(request, _visible(request, number))
    if request.GET.get("have") == page["have"]:
        return HttpResponse(status=NOTHING_NEW)
    return render(request, "tickets/detail.html#news", page | {"is_swap": True})


@login_required
@require_POST
def comment(request: Request, number: int) -> HttpResponse:
    """Add the requester's reply; a resolved ticket takes none, and the text is kept."""
    ticket = _visible(request, number)
    form = CommentForm(request.POST)
    if not form.is_valid() or not ticket.is_open:
        return _refuse(request, ticket, form)
    try:
        added = lifecycle.respond(ticket, by=request.user, **form.cleaned_data)
    except lifecycle.InvalidTransition:
        ticket.refresh_from_db()
        return _refuse(request, ticket, form)
    except pace.TooMuch as error:
        form.add_error(None, error.words)
        return _later(_refuse(request, ticket, form, status=TOO_MANY), error)
    if request.htmx:
        return render(request, "tickets/detail.html#answered", _page(request, ticket))
    return HttpResponseRedirect(f"{ticket.get_absolute_url()}#comment-{added.pk}")


def _visible(request: Request, number: int) -> Ticket:
    visible = Ticket.objects.visible_to(request.user).numbered(number)
    return get_object_or_404(visible.select_related("assignee", "requester"))


def _ask(request: Request, form: TicketForm, *, status: int) -> HttpResponse:
    context = {"form": form, "opens": standing.opening(timezone.now())}
    return render(request, "tickets/new.html", context, status=status)


def _later(response: HttpResponse, error: pace.TooMuch) -> HttpResponse:
    """The response with the time after which it is worth trying again."""
    response["Retry-After"] = str(error.wait_s)
    return response


def _refuse(
    request: Request, ticket: Ticket, form: CommentForm, *, status: int = UNPROCESSABLE
) -> HttpResponse:
    """The form as it was sent, with what is wrong; never a text that is lost."""
    page = _page(request, ticket) | {"form": form}
    part = "#reply" if request.htmx else ""
    return render(request, f"tickets/detail.html{part}", page, status=status)


def _page(request: Request, ticket: Ticket) -> dict[str, Any]:
    now = timezone.now()
    ticket.refresh_from_db()
    comments = list(ticket.comments.public())
    last = comments[-1] if comments else None
    answered = standing.first_answer(comments)
    return {
        "ticket": ticket,
        "comments": comments,
        "standing": standing.of(ticket, place=standing.place_in_line(ticket), last=last, now=now),
        "description": _description(ticket),
        "opened": standing.day_and_time(ticket.opened_at, now),
        "answered": standing.day_and_time(answered.created_at, now) if answered else "",
        "resolved": standing.day_and_time(ticket.resolved_at, now) if ticket.resolved_at else "",
        "have": f"{ticket.status}-{last.pk if last else 0}",
        "form": CommentForm(),
        "most": COMMENT_CHARS,
        "zone": campus.time_zone(),
        "news": last if last and last.author_id != request.user.pk else None,
    }


def _description(ticket: Ticket) -> SafeString:
    """A conversation's transcript is Markdown and drawn sanitised; a form's text stays as typed."""
    if ticket.source == Source.CHAT:
        return mark_safe(markdown.render(ticket.description, first_heading=3))
    return mark_safe(linebreaks(ticket.description, autoescape=True))


def _with_last_comment(tickets: QuerySet[Ticket]) -> QuerySet[Ticket]:
    """The tickets, each with its newest public comment as the one item of `newest`."""
    of_ticket = Comment.objects.public().filter(ticket=OuterRef("ticket"))
    newest = Subquery(of_ticket.order_by("-created_at", "-pk").values("pk")[:1])
    last = Prefetch("comments", Comment.objects.public().filter(pk=newest), to_attr="newest")
    return tickets.select_related("assignee").prefetch_related(last)


def _row(ticket: Ticket) -> dict[str, Any]:
    last = next(iter(ticket.newest), None)  # type: ignore[attr-defined]
    stands = standing.of(ticket, place=1, last=last, now=timezone.now())
    return {"ticket": ticket, "standing": stands, "last": last}
