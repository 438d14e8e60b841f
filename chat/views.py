"""The conversation's pages and every action as a plain form.

An action answers htmx with the swap that brings the page up to date, and a browser without
JavaScript with a redirect to the page.
"""

import logging
from collections.abc import Callable
from functools import partial
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Any, Literal, cast
from uuid import UUID

from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db import Error as DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import campus
from accounts.http import Request
from accounts.models import User
from chat import (
    cache,
    conversation,
    history,
    live,
    load,
    neighbours,
    page,
    providers,
    stream,
    transcript,
)
from chat.errors import ConversationError
from chat.forms import (
    AskForm,
    BeforeForm,
    DraftForm,
    EditForm,
    HaveForm,
    RateForm,
    RenameForm,
    SearchForm,
)
from chat.models import Completion, Conversation, Draft, Message, Reason
from knowledge.models import Article
from knowledge.outline import system_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

logger = logging.getLogger(__name__)

LISTED_AT_ONCE = 100

UNPROCESSABLE = 422
NOT_SENT = gettext_lazy("Not sent. Your text is still here.")


@login_required
@require_safe
@never_cache
def new(request: Request) -> HttpResponse:
    """The empty page: a greeting, the composer, starter questions."""
    draft = Draft.objects.filter(student=request.user, conversation=None).first()
    about = (
        Article.objects.visible_to(request.user).filter(slug=request.GET.get("about", "")).first()
    )
    begun = _("About “%(title)s”: ") % {"title": campus.fill_in(about.title)} if about else ""
    context = {"draft": draft.text if draft else begun}
    return render(request, "chat/new.html", {**_greeting(request.user), **context})


@login_required
@require_POST
async def ask_new(request: Request) -> HttpResponse:
    """Start a conversation with its first question."""
    form = AskForm(request.POST)
    typed = form.data.get("text", "")
    if not form.is_valid() or stream.is_draining():
        return await _new_again(request, typed, NOT_SENT)
    begin = partial(
        conversation.begin_with,
        by=await _student(request),
        system=_device(request),
        **form.cleaned_data,
    )
    try:
        started, _reply_begun = await stream.after(begin, itemgetter(1))
    except ConversationError as error:
        return await _new_again(request, typed, error.words)
    except DatabaseError:
        logger.exception("A first question could not be stored")
        return await _new_again(request, typed, NOT_SENT)
    return _go_to(request, started.get_absolute_url())


@login_required
@require_safe
@never_cache
async def show(request: Request, pk: UUID) -> HttpResponse:
    """A conversation's page."""
    await _mine(request, pk)
    return await _draw_page(request, pk)


@login_required
@require_safe
@never_cache
async def updates(request: Request, pk: UUID) -> HttpResponse:
    """The swap that a page without a socket needs, or 204 when it misses nothing."""
    await _mine(request, pk)
    form = HaveForm(request.GET)
    data = form.cleaned_data if form.is_valid() else {}
    have = page.Have(
        -1 if data.get("revision") is None else data["revision"],
        data.get("completion") or 0,
        data.get("sequence") or 0,
    )
    caught = await page.catch_up(pk, have)
    return HttpResponse(caught[0]) if caught else HttpResponse(status=204)


@login_required
@require_safe
@never_cache
async def earlier(request: Request, pk: UUID) -> HttpResponse:
    """The messages before one, for the top of the thread."""
    mine = await _mine(request, pk)
    form = BeforeForm(request.GET)
    if not form.is_valid():
        raise Http404
    before = form.cleaned_data["before"]
    if not await mine.messages.filter(pk=before).aexists():
        raise Http404
    view = await page.view(pk, before=before)
    if request.htmx:
        return await _render(request, "chat/conversation.html#earlier", {"page": view})
    return await _render(request, "chat/conversation.html", {"page": view, "is_earlier": True})


@login_required
@require_POST
async def ask(request: Request, pk: UUID) -> HttpResponse:
    mine = await _mine(request, pk)
    form = AskForm(request.POST)
    if not form.is_valid() or stream.is_draining():
        return await _refused(request, pk, NOT_SENT)
    ask = partial(
        conversation.ask,
        mine,
        by=await _student(request),
        system=_device(request),
        **form.cleaned_data,
    )
    try:
        await stream.after(ask, attrgetter("reply"))
    except ConversationError as error:
        return await _refused(request, pk, error.words)
    except DatabaseError:
        logger.exception("A question could not be stored")
        return await _refused(request, pk, NOT_SENT)
    return await _moved(request, pk)


@login_required
@require_POST
async def stop(request: Request, pk: UUID) -> HttpResponse:
    mine = await _mine(request, pk)
    running = await database_sync_to_async(conversation.stop)(mine)
    if running:
        await neighbours.stop(running)
    return await _moved(request, pk)


@login_required
@require_POST
async def regenerate(request: Request, pk: UUID, message_id: int) -> HttpResponse:
    mine = await _mine(request, pk)
    return await _reply(request, pk, lambda: conversation.regenerate(mine, message_id))


@login_required
@require_POST
async def carry_on(request: Request, pk: UUID, message_id: int) -> HttpResponse:
    mine = await _mine(request, pk)
    return await _reply(request, pk, lambda: conversation.carry_on(mine, message_id))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
async def edit(request: Request, pk: UUID, message_id: int) -> HttpResponse:
    """GET gives the form in the question's place, POST asks in the new words."""
    mine = await _mine(request, pk)
    if request.method == "POST":
        form = EditForm(request.POST)
        text = form.cleaned_data["text"] if form.is_valid() else ""
        user = await _student(request)
        return await _reply(
            request, pk, lambda: conversation.edit(mine, message_id, by=user, text=text)
        )
    question = await database_sync_to_async(get_object_or_404)(
        Message, conversation=mine, pk=message_id, role="question"
    )
    context = {"question": question, "conversation": mine}
    name = "chat/edit.html#form" if request.htmx else "chat/edit.html"
    return await _render(request, name, context)


@login_required
@require_POST
async def choose(request: Request, pk: UUID, message_id: int) -> HttpResponse:
    mine = await _mine(request, pk)
    return await _do(request, pk, lambda: conversation.choose(mine, message_id))


@login_required
@require_POST
async def rate(request: Request, pk: UUID, message_id: int) -> HttpResponse:
    mine = await _mine(request, pk)
    form = RateForm(request.POST)
    if not form.is_valid():
        return await _refused(request, pk, NOT_SENT)
    user, data = await _student(request), form.cleaned_data
    await database_sync_to_async(conversation.rate)(
        mine,
        message_id,
        by=user,
        is_helpful=data["verdict"] == "up",
        reason=data["reason"],
        note=data["note"],
    )
    if data["verdict"] == "down":
        await _forget_kept(message_id, user)
    return await _moved(request, pk, message_id)


@login_required
@require_safe
@never_cache
async def why(request: Request, pk: UUID, message_id: int) -> HttpResponse:
    """The reasons of a thumb down as a page, for browsers without JavaScript."""
    mine = await _mine(request, pk)
    answer = await database_sync_to_async(get_object_or_404)(
        Message.objects.select_related("completion"),
        conversation=mine,
        pk=message_id,
        role="answer",
    )
    context = {"answer": answer, "conversation": mine, "reasons": Reason.choices}
    return await _render(request, "chat/why.html", context)


@login_required
@require_POST
async def escalate(request: Request, pk: UUID) -> HttpResponse:
    mine = await _mine(request, pk)
    user = await _student(request)
    reason = _("The student asked for a person.")
    running = await mine.completions.filter(status="running").afirst()
    hand_over = partial(conversation.escalate, mine, by=user, reason=reason)
    answer = await _do(request, pk, hand_over)
    if running:
        await neighbours.stop(running)
    return answer


@login_required
@require_POST
async def escalate_new(request: Request) -> HttpResponse:
    """Talk to a person before anything was asked: what is in the composer goes along."""
    user = await _student(request)
    form = AskForm(request.POST)
    typed = form.data.get("text", "")
    if not form.is_valid():
        return await _new_again(request, typed, NOT_SENT)
    if not typed.strip():
        return _go_to(request, reverse("tickets:new"))
    try:
        started = await database_sync_to_async(conversation.begin_with_person)(
            by=user, **form.cleaned_data
        )
    except (ConversationError, DatabaseError) as error:
        return await _new_again(request, typed, _words_for(error))
    return _go_to(request, started.get_absolute_url())


@login_required
@require_POST
async def take_back(request: Request, pk: UUID) -> HttpResponse:
    mine = await _mine(request, pk)
    return await _do(request, pk, lambda: conversation.take_back(mine))


@login_required
@require_POST
def draft(request: Request, pk: UUID | None = None) -> HttpResponse:
    """Keep what is being typed; called by the page a moment after the last key."""
    mine = get_object_or_404(Conversation.objects.visible_to(request.user), pk=pk) if pk else None
    form = DraftForm(request.POST)
    if form.is_valid():
        conversation.save_draft(by=request.user, conversation=mine, text=form.cleaned_data["text"])
    return HttpResponse(status=204)


@login_required
@require_safe
@never_cache
def past(request: Request) -> HttpResponse:
    """All conversations, or those that hold the words searched for."""
    form = SearchForm(request.GET)
    words = form.cleaned_data["q"].strip() if form.is_valid() else ""
    visible = Conversation.objects.visible_to(request.user).filter(leaf__isnull=False)
    archived = request.GET.get("archived") == "1"
    found = (
        history.search(request.user, words)
        if words
        else visible.filter(archived_at__isnull=not archived)
    )
    leaves = Paginator(found, LISTED_AT_ONCE).get_page(request.GET.get("page"))
    context = {
        "groups": history.grouped(leaves.object_list),
        "page": leaves,
        "words": words,
        "archived": archived,
    }
    name = "chat/history.html#list" if request.htmx else "chat/history.html"
    return render(request, name, context)


@login_required
@require_POST
def rename(request: Request, pk: UUID) -> HttpResponse:
    mine = get_object_or_404(Conversation.objects.visible_to(request.user), pk=pk)
    form = RenameForm(request.POST)
    if form.is_valid():
        conversation.rename(mine, form.cleaned_data["title"])
    return _back(request, mine)


@login_required
@require_POST
def archive(request: Request, pk: UUID) -> HttpResponse:
    mine = get_object_or_404(Conversation.objects.visible_to(request.user), pk=pk)
    conversation.archive(mine)
    _offer_undo(request, _("Archived."), reverse("chat:unarchive", args=[pk]))
    return _go_to(request, reverse("chat:history"))


@login_required
@require_POST
def unarchive(request: Request, pk: UUID) -> HttpResponse:
    mine = get_object_or_404(Conversation.objects.visible_to(request.user), pk=pk)
    conversation.unarchive(mine)
    return _go_to(request, mine.get_absolute_url())


@login_required
@require_POST
async def delete(request: Request, pk: UUID) -> HttpResponse:
    mine = await _mine(request, pk)
    running = await mine.completions.filter(status="running").afirst()
    await database_sync_to_async(conversation.delete)(mine)
    if running:
        await neighbours.stop(running)
    live.tell(pk, live.Changed())
    _offer_undo(request, _("Conversation deleted."), reverse("chat:restore", args=[pk]))
    return _go_to(request, reverse("chat:history"))


@login_required
@require_POST
def restore(request: Request, pk: UUID) -> HttpResponse:
    """Undo a deletion; only the student's own, deleted or not."""
    own = get_object_or_404(Conversation, pk=pk, student=request.user)
    conversation.restore(own)
    return _go_to(request, own.get_absolute_url())


@login_required
@require_safe
@never_cache
def export(request: Request, pk: UUID, form: Literal["md", "json"]) -> HttpResponse:
    """The student's own copy: the current path as Markdown, or the whole tree as JSON."""
    mine = get_object_or_404(Conversation.objects.visible_to(request.user), pk=pk)
    headers = {"Content-Disposition": f'attachment; filename="conversation-{pk}.{form}"'}
    if form == "json":
        return JsonResponse(
            transcript.as_json(mine), headers=headers, json_dumps_params={"indent": 2}
        )
    text = transcript.as_markdown(mine, Message.objects.path(mine.leaf_id))
    return HttpResponse(text, content_type="text/markdown; charset=utf-8", headers=headers)


async def _mine(request: Request, pk: UUID) -> Conversation:
    visible = Conversation.objects.visible_to(await _student(request))
    return await database_sync_to_async(get_object_or_404)(visible, pk=pk)


async def _student(request: Request) -> User:
    """The signed-in person; `login_required` has seen to it that there is one.

    The request keeps it: a page, or that of a 404, would read it again in a thread of its own.
    """
    request.user = cast("User", await request.auser())
    return request.user


def _device(request: Request) -> str:
    """The operating system that the browser says it runs on, or ""."""
    return system_of(request.headers.get("User-Agent", ""))


async def _forget_kept(message_id: int, reader: User) -> None:
    """Make sure that nobody is given this answer again from the cache."""
    completion = await Completion.objects.aget(message_id=message_id)
    work = await database_sync_to_async(load.work)(completion.pk)
    context = work.context
    asked = cache.Asked(context.question, reader, providers.configured(), context.device)
    await cache.evict(asked)


async def _reply(request: Request, pk: UUID, verb: Callable[[], Completion]) -> HttpResponse:
    """Do what leaves a reply to be written, and run it."""
    if stream.is_draining():
        return await _refused(request, pk, _("We are restarting. Try again in a moment."))
    try:
        await stream.after(verb, lambda reply: reply)
    except (ConversationError, DatabaseError) as error:
        return await _refused(request, pk, _words_for(error))
    return await _moved(request, pk)


async def _do(request: Request, pk: UUID, verb: Callable[[], Any]) -> HttpResponse:
    try:
        await database_sync_to_async(verb)()
    except (ConversationError, DatabaseError) as error:
        return await _refused(request, pk, _words_for(error))
    return await _moved(request, pk)


def _words_for(error: ConversationError | DatabaseError) -> str:
    """Why something was not done, for the page; what the database says goes to the log only."""
    if isinstance(error, ConversationError):
        return error.words
    logger.error("The database did not take a change: %s", type(error).__name__)
    return str(NOT_SENT)


async def _moved(request: Request, pk: UUID, message_id: int | None = None) -> HttpResponse:
    live.tell(pk, live.Changed())
    if request.htmx:
        return HttpResponse(await page.draw("moved", {"page": await page.view(pk)}))
    fragment = f"#{stream.anchor(message_id)}" if message_id else "#latest"
    return HttpResponseRedirect(reverse("chat:conversation", args=[pk]) + fragment)


async def _refused(request: Request, pk: UUID, words: "StrOrPromise") -> HttpResponse:
    """Say why not; the text stays in the composer, which htmx does not touch."""
    if request.htmx:
        return HttpResponse(await page.draw("refused", {"words": words}), status=UNPROCESSABLE)
    extra = {"words": words, "typed": request.POST.get("text", "")}
    return await _draw_page(request, pk, extra, status=UNPROCESSABLE)


async def _draw_page(
    request: Request, pk: UUID, extra: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    context = {"page": await page.view(pk), **(extra or {})}
    return await _render(request, "chat/conversation.html", context, status)


async def _new_again(request: Request, text: str, words: "StrOrPromise") -> HttpResponse:
    if request.htmx:
        return HttpResponse(await page.draw("refused", {"words": words}), status=UNPROCESSABLE)
    context = {**_greeting(await _student(request)), "draft": text, "words": words}
    return await _render(request, "chat/new.html", context, UNPROCESSABLE)


async def _render(
    request: HttpRequest, name: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    return await sync_to_async(render)(request, name, context, status=status)


def _greeting(student: User) -> dict[str, str]:
    """The first words on the empty page, by the hour on campus."""
    hour = timezone.now().astimezone(campus.time_zone()).hour
    if hour < 5 or hour >= 18:
        words = _("Good evening, %(name)s. What’s not working?")
    elif hour < 12:
        words = _("Good morning, %(name)s. What’s not working?")
    else:
        words = _("Good afternoon, %(name)s. What’s not working?")
    return {"greeting": words % {"name": student.first_name}}


def _go_to(request: Request, url: str) -> HttpResponse:
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)


def _back(request: Request, mine: Conversation) -> HttpResponse:
    return _go_to(request, mine.get_absolute_url())


def _offer_undo(request: Request, words: str, url: str) -> None:
    """A toast on the next page, whose button posts to `url`."""
    messages.info(request, words, extra_tags=url)
