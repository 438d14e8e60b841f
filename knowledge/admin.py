"""The back office of the help centre: articles, their revisions, what readers thought."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts import campus
from accounts.models import User
from knowledge import difference, publishing
from knowledge.models import Article, ArticleRating, Category, Revision, RevisionState, Status
from knowledge.publishing import TEXT_FIELDS

PER_PAGE = 50


class ArticleForm(forms.ModelForm[Article]):
    reason = forms.CharField(
        label=_("Reason of the change"),
        max_length=200,
        required=False,
        help_text=_("Kept with the revision."),
    )

    class Meta:
        model = Article
        fields = (
            *TEXT_FIELDS,
            *("slug", "category", "audience", "status", "topics"),
            *("owner", "reviewed_on", "review_due_on", "related"),
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name in TEXT_FIELDS:
            try:
                campus.fill_in(cleaned.get(name) or "")
            except campus.UnknownCampusValue as error:
                self.add_error(name, str(error))
        return cleaned


class ReviewFilter(admin.SimpleListFilter):
    title = _("review")
    parameter_name = "review"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("due", _("Due")), ("later", _("Not yet due"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Article]) -> QuerySet[Article]:
        due = Q(review_due_on__lte=timezone.localdate())
        if self.value() == "due":
            return queryset.filter(due)
        return queryset.exclude(due) if self.value() == "later" else queryset


class ProposalFilter(admin.SimpleListFilter):
    title = _("newer seed text")
    parameter_name = "proposal"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("open", _("To decide"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Article]) -> QuerySet[Article]:
        waiting = Q(revisions__state=RevisionState.PROPOSED)
        return queryset.filter(waiting) if self.value() == "open" else queryset


class RevisionInline(admin.TabularInline[Revision, Article]):
    model = Revision
    fields = readonly_fields = ("created_at", "state", "author", "reason", "compare")
    extra = 0
    can_delete = False
    show_change_link = False
    verbose_name_plural = _("revisions")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Revision]:
        return super().get_queryset(request).select_related("author").defer("body", "symptoms")

    def has_add_permission(self, request: HttpRequest, obj: Article | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("text"))
    def compare(self, revision: Revision) -> str:
        url = reverse("admin:knowledge_article_revision", args=[revision.article_id, revision.pk])
        return format_html('<a href="{}">{}</a>', url, _("Compare"))


@admin.register(Article)
class ArticleAdmin(admin.ModelAdmin[Article]):
    form = ArticleForm
    list_display = ("title", "category", "status", "audience", "owner", "reviewed_on", "to_decide")
    list_filter = ("category", "status", "audience", ReviewFilter, ProposalFilter)
    list_select_related = ("category",)
    list_per_page = PER_PAGE
    show_full_result_count = False
    search_fields = ("title", "symptoms", "summary", "body", "slug")
    autocomplete_fields = ("category", "related")
    readonly_fields = ("updated_at",)
    inlines = (RevisionInline,)
    actions = ("publish", "archive")
    fieldsets = (
        (None, {"fields": ("title", "slug", "summary", "symptoms", "body", "reason")}),
        (_("Where and for whom"), {"fields": ("category", "audience", "status", "topics")}),
        (_("Care"), {"fields": ("owner", "reviewed_on", "review_due_on", "updated_at")}),
        (_("Related articles"), {"fields": ("related",)}),
    )
    prepopulated_fields: ClassVar[dict[str, Sequence[str]]] = {"slug": ("title",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Article]:
        waiting = Count("revisions", filter=Q(revisions__state=RevisionState.PROPOSED))
        return super().get_queryset(request).annotate(proposals=waiting)

    def get_urls(self) -> list[URLPattern]:
        shown = self.admin_site.admin_view(self.revision_view)
        decided = self.admin_site.admin_view(require_POST(self.decide_view))
        page = "<int:article_pk>/revisions/<int:pk>/"
        return [
            path(page, shown, name="knowledge_article_revision"),
            path(f"{page}<slug:verb>/", decided, name="knowledge_article_decide"),
            *super().get_urls(),
        ]

    def has_delete_permission(self, request: HttpRequest, obj: Article | None = None) -> bool:
        """Answers cite articles, so they are archived and never deleted."""
        return False

    def save_model(self, request: HttpRequest, obj: Article, form: Any, change: bool) -> None:
        if set(form.changed_data) - {"reason"} or not change:
            publishing.edit(obj, by=_author(request), reason=form.cleaned_data["reason"])

    @admin.display(description=_("newer seed"), boolean=True)
    def to_decide(self, article: Any) -> bool | None:
        """A mark where a proposal waits, nothing elsewhere."""
        return False if article.proposals else None

    @admin.action(description=_("Publish"), permissions=["change"])
    def publish(self, request: HttpRequest, queryset: QuerySet[Article]) -> None:
        self._move(request, queryset.exclude(status=Status.PUBLISHED), publishing.publish)

    @admin.action(description=_("Archive"), permissions=["change"])
    def archive(self, request: HttpRequest, queryset: QuerySet[Article]) -> None:
        self._move(request, queryset.exclude(status=Status.ARCHIVED), publishing.archive)

    def revision_view(self, request: HttpRequest, article_pk: int, pk: int) -> HttpResponse:
        """A revision beside the text of today, with what may be done about it."""
        revision = self._revision(article_pk, pk)
        if not self.has_view_permission(request, revision.article):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": _("Compare with the present text"),
            "opts": self.opts,
            "article": revision.article,
            "revision": revision,
            "parts": _parts(revision),
            "verbs": self._verbs(request, revision),
        }
        return TemplateResponse(request, "admin/knowledge/revision.html", context)

    def decide_view(
        self, request: HttpRequest, article_pk: int, pk: int, verb: str
    ) -> HttpResponse:
        """Restore, accept or dismiss a revision."""
        revision = self._revision(article_pk, pk)
        if verb not in self._verbs(request, revision):
            raise PermissionDenied
        try:
            VERBS[verb](revision, by=_author(request))
        except publishing.AlreadyDecided:
            messages.error(request, _("Somebody decided on this revision before you."))
        else:
            messages.success(request, DONE[verb])
        return HttpResponseRedirect(reverse("admin:knowledge_article_change", args=[article_pk]))

    def _verbs(self, request: HttpRequest, revision: Revision) -> dict[str, Any]:
        """What this person may do with the revision: the verbs and their labels."""
        if not self.has_change_permission(request, revision.article):
            return {}
        if revision.state == RevisionState.PROPOSED:
            return {"accept": _("Accept this text"), "dismiss": _("Dismiss")}
        return {"restore": _("Restore this text")}

    def _revision(self, article_pk: int, pk: int) -> Revision:
        revisions = Revision.objects.select_related("article", "author")
        return get_object_or_404(revisions, pk=pk, article_id=article_pk)

    def _move(
        self, request: HttpRequest, articles: QuerySet[Article], verb: Callable[[Article], None]
    ) -> None:
        moved = list(articles)
        for article in moved:
            verb(article)
            self.log_change(request, article, verb.__name__)
        messages.success(request, _("Articles changed: %(count)s") % {"count": len(moved)})


@admin.register(Category)
class CategoryAdmin(admin.ModelAdmin[Category]):
    list_display = ("name", "slug", "position", "icon")
    search_fields = ("name", "slug")
    prepopulated_fields: ClassVar[dict[str, Sequence[str]]] = {"slug": ("name",)}


@admin.register(ArticleRating)
class ArticleRatingAdmin(admin.ModelAdmin[ArticleRating]):
    """What readers answered; a record of what happened, so read-only."""

    list_display = ("article", "is_helpful", "note", "rated_at")
    list_filter = ("is_helpful",)
    list_select_related = ("article",)
    list_per_page = PER_PAGE
    show_full_result_count = False
    search_fields = ("article__title", "note")
    date_hierarchy = "rated_at"
    fields = ("article", "is_helpful", "note", "rated_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


VERBS: dict[str, Callable[..., None]] = {
    "restore": publishing.restore,
    "accept": publishing.accept,
    "dismiss": publishing.dismiss,
}
DONE = {
    "restore": _("The earlier text is the article's text again."),
    "accept": _("The proposed text is the article's text now."),
    "dismiss": _("The proposed text was put aside."),
}


def _author(request: HttpRequest) -> User:
    """Whoever got through the back office's door is a person with an account."""
    return cast("User", request.user)


def _parts(revision: Revision) -> list[tuple[Any, list[difference.Line]]]:
    """Each part of the text that differs, as a change from today's text to the revision's."""
    compared = [
        (
            Article._meta.get_field(name).verbose_name,  # type: ignore[union-attr]
            difference.lines(getattr(revision.article, name), getattr(revision, name)),
        )
        for name in TEXT_FIELDS
    ]
    return [(name, lines) for name, lines in compared if lines]
