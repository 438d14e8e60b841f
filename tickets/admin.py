"""Tickets in the back office: read everything, change only through the verbs of `lifecycle`."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.http import Request
from tickets import lifecycle
from tickets.forms import AnswerForm, ResolutionForm
from tickets.models import FIRST_NUMBER, Comment, Ticket


class CommentInline(admin.TabularInline[Comment, Ticket]):
    """What was written, oldest first; written in the forms below it and never edited."""

    model = Comment
    fields = readonly_fields = ("created_at", "author", "is_public", "body")
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Ticket | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Ticket | None = None) -> bool:
        return False


@admin.register(Ticket)
class TicketAdmin(admin.ModelAdmin[Ticket]):
    list_display = ("number", "subject", "status", "requester", "assignee", "opened_at")
    list_display_links = ("number", "subject")
    list_filter = ("status", "source", ("assignee", admin.RelatedOnlyFieldListFilter), "opened_at")
    list_select_related = ("requester", "assignee")
    search_fields = ("subject", "requester__email", "requester__name")
    search_help_text = _("Subject, person or ticket number")
    show_full_result_count = False
    fields = (
        "number",
        "subject",
        "status",
        "requester",
        "assignee",
        "reason",
        "source",
        "opened_at",
        "resolved_at",
        "description",
    )
    readonly_fields = fields
    inlines = (CommentInline,)
    actions = ("resolve",)
    change_form_template = "admin/tickets/ticket/change_form.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Ticket | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Ticket | None = None) -> bool:
        return False

    def has_answer_permission(self, request: HttpRequest) -> bool:
        """Whoever works at the desk and may read a ticket may answer and resolve it."""
        return request.user.is_staff and self.has_view_permission(request)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Ticket], search_term: str
    ) -> tuple[QuerySet[Ticket], bool]:
        number = search_term.strip().removeprefix("#")
        if number.isdecimal() and FIRST_NUMBER < int(number) < 10**9:
            return queryset.filter(pk=int(number) - FIRST_NUMBER), False
        return super().get_search_results(request, queryset, search_term)

    def get_urls(self) -> list[URLPattern]:
        verbs = [
            path(
                f"<int:pk>/{verb}/", self.admin_site.admin_view(view), name=f"tickets_ticket_{verb}"
            )
            for verb, view in (("reply", self.reply), ("note", self.note), ("resolve", self.close))
        ]
        return verbs + super().get_urls()

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        forms = {
            "reply_form": AnswerForm(auto_id="reply-%s"),
            "note_form": AnswerForm(auto_id="note-%s"),
            "resolve_form": ResolutionForm(auto_id="resolve-%s"),
            "may_answer": self.has_answer_permission(request),
        }
        return super().change_view(request, object_id, form_url, forms | (extra_context or {}))

    def reply(self, request: Request, pk: int) -> HttpResponse:
        """Answer the requester."""

        def verb(ticket: Ticket, body: str) -> None:
            lifecycle.respond(ticket, by=request.user, body=body)

        form = AnswerForm(request.POST, auto_id="reply-%s")
        return self._act(request, pk, form, "reply_form", verb, _("Your reply was sent."))

    def note(self, request: Request, pk: int) -> HttpResponse:
        """Leave a note that only the desk reads."""

        def verb(ticket: Ticket, body: str) -> None:
            lifecycle.respond(ticket, by=request.user, body=body, is_public=False)

        form = AnswerForm(request.POST, auto_id="note-%s")
        return self._act(request, pk, form, "note_form", verb, _("Your note was kept."))

    def close(self, request: Request, pk: int) -> HttpResponse:
        """Resolve the ticket, with a last word to the requester."""

        def verb(ticket: Ticket, body: str) -> None:
            lifecycle.resolve(ticket, by=request.user, note=body)

        form = ResolutionForm(request.POST, auto_id="resolve-%s")
        return self._act(request, pk, form, "resolve_form", verb, _("The ticket is resolved."))

    @admin.action(description=_("Resolve the chosen tickets"), permissions=["answer"])
    def resolve(self, request: Request, queryset: QuerySet[Ticket]) -> None:
        resolved = 0
        for ticket in queryset:
            try:
                lifecycle.resolve(ticket, by=request.user)
            except lifecycle.InvalidTransition:
                continue
            resolved += 1
        words = ngettext("%d ticket resolved.", "%d tickets resolved.", resolved) % resolved
        level = messages.SUCCESS if resolved == len(queryset) else messages.WARNING
        self.message_user(request, words, level)

    def _act(
        self,
        request: HttpRequest,
        pk: int,
        form: AnswerForm,
        name: str,
        verb: Callable[[Ticket, str], None],
        done: Any,
    ) -> HttpResponse:
        """Check, act and go back to the ticket; a form that does not pass keeps its text."""
        ticket = self.get_object(request, str(pk))
        if ticket is None or request.method != "POST":
            raise Http404
        if not self.has_answer_permission(request):
            raise PermissionDenied
        if not form.is_valid():
            return self._again(request, pk, {name: form})
        try:
            verb(ticket, form.cleaned_data["body"])
        except lifecycle.InvalidTransition as error:
            self.message_user(request, str(error), messages.ERROR)
            return self._again(request, pk, {name: form})
        self.message_user(request, done, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:tickets_ticket_change", args=[pk]))

    def _again(self, request: HttpRequest, pk: int, context: dict[str, Any]) -> HttpResponse:
        request.method = "GET"
        response = self.change_view(request, str(pk), extra_context=context)
        assert isinstance(response, TemplateResponse)
        response.status_code = 422
        return response
