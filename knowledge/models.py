"""What we know: articles, their revisions, and the passages that search finds."""

from datetime import date
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User

Reader = User | AnonymousUser


class Audience(models.TextChoices):
    EVERYONE = "everyone", _("Everyone")
    SIGNED_IN = "signed-in", _("Everyone who is signed in")
    STAFF = "staff", _("Staff of the desk")

    @classmethod
    def of(cls, reader: Reader) -> tuple["Audience", ...]:
        """The audiences whose articles this reader may read."""
        if not reader.is_authenticated or not reader.is_active:
            return (cls.EVERYONE,)
        if reader.is_staff:
            return (cls.EVERYONE, cls.SIGNED_IN, cls.STAFF)
        return (cls.EVERYONE, cls.SIGNED_IN)


class Status(models.TextChoices):
    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")
    ARCHIVED = "archived", _("Archived")


class Category(models.Model):
    slug = models.SlugField(_("slug"), unique=True)
    name = models.CharField(_("name"), max_length=80)
    summary = models.CharField(_("summary"), max_length=120, blank=True)
    icon = models.CharField(_("icon"), max_length=40, default="book-open")
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ("position", "name")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("knowledge:category", args=[self.slug])


class ArticleQuerySet(models.QuerySet["Article"]):
    def visible_to(self, reader: Reader) -> "ArticleQuerySet":
        """Published articles whose audience holds this reader."""
        return self.filter(status=Status.PUBLISHED, audience__in=Audience.of(reader))


class Article(models.Model):
    """One subject of the help centre; `title`, `summary`, `symptoms` and `body` hold Markdown
    or plain text in which `{{ campus.… }}` stands for a value of the campus file."""

    slug = models.SlugField(_("slug"), max_length=80, unique=True)
    title = models.CharField(
        _("title"), max_length=120, help_text=_("As a student would search it.")
    )
    summary = models.TextField(
        _("summary"), blank=True, help_text=_("The answer in two sentences.")
    )
    symptoms = models.TextField(
        _("symptoms"), blank=True, help_text=_("One a line, in students' own words.")
    )
    body = models.TextField(_("body"), help_text=_("Markdown."))
    topics = models.JSONField(_("topics"), default=list, blank=True)
    related = models.ManyToManyField("self", blank=True, verbose_name=_("related articles"))
    category = models.ForeignKey(
        Category, on_delete=models.PROTECT, related_name="articles", verbose_name=_("category")
    )
    audience = models.CharField(
        _("audience"), max_length=10, choices=Audience.choices, default=Audience.EVERYONE
    )
    status = models.CharField(
        _("status"), max_length=10, choices=Status.choices, default=Status.DRAFT
    )
    owner = models.CharField(_("owner"), max_length=80, blank=True, help_text=_("A team."))
    reviewed_on = models.DateField(_("reviewed on"), default=date.today)
    review_due_on = models.DateField(_("review due on"), null=True, blank=True)
    seed_digest = models.CharField(
        max_length=64,
        blank=True,
        editable=False,
        help_text=_("Digest of the seed file this text came from; empty when a person wrote it."),
    )
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    objects: ClassVar[models.Manager["Article"]] = ArticleQuerySet.as_manager()

    class Meta:
        verbose_name = _("article")
        verbose_name_plural = _("articles")
        ordering = ("title",)
        indexes = (models.Index(fields=["status", "audience"], name="knowledge_article_visible"),)

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("knowledge:article", args=[self.slug])


class RevisionState(models.TextChoices):
    ACCEPTED = "accepted", _("Accepted")
    PROPOSED = "proposed", _("Proposed")
    DISMISSED = "dismissed", _("Dismissed")


class Revision(models.Model):
    """An article's text: the accepted ones one after the other, the latest being what readers
    see, and those that a newer seed file proposes.

    `created_at` is when the text was written, or when it was decided on.
    """

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="revisions")
    state = models.CharField(
        _("state"), max_length=10, choices=RevisionState.choices, default=RevisionState.ACCEPTED
    )
    title = models.CharField(_("title"), max_length=120)
    summary = models.TextField(_("summary"), blank=True)
    symptoms = models.TextField(_("symptoms"), blank=True)
    body = models.TextField(_("body"))
    seed_digest = models.CharField(max_length=64, blank=True, editable=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("revision")
        ordering = ("-created_at", "-pk")

    def __str__(self) -> str:
        return f"{self.title} ({self.created_at:%Y-%m-%d %H:%M})"


class Passage(models.Model):
    """A piece of an article cut at a heading: what search returns and an answer cites.

    `text` is Markdown with campus placeholders; `anchor` is the heading's id on the page.
    """

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="passages")
    position = models.PositiveSmallIntegerField(_("position"))
    heading = models.CharField(_("heading"), max_length=200, blank=True)
    system = models.CharField(_("operating system"), max_length=20, blank=True)
    anchor = models.CharField(_("anchor"), max_length=120, blank=True)
    text = models.TextField(_("text"))

    class Meta:
        verbose_name = _("passage")
        ordering = ("article", "position")
        constraints = (
            models.UniqueConstraint(
                fields=["article", "position"], name="knowledge_passage_position"
            ),
        )

    def __str__(self) -> str:
        return f"{self.article_id} · {self.heading}"


class ArticleRating(models.Model):
    """One reader's answer to "did this help?"; a session's first, changed by its next."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="ratings")
    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    session_digest = models.CharField(max_length=64, blank=True, editable=False)
    is_helpful = models.BooleanField(_("helped"))
    note = models.TextField(_("note"), blank=True)
    rated_at = models.DateTimeField(_("rated at"), default=timezone.now)

    class Meta:
        verbose_name = _("rating")
        constraints = (
            models.UniqueConstraint(
                fields=["article", "reader"],
                condition=models.Q(reader__isnull=False),
                name="knowledge_rating_reader_once",
            ),
            models.UniqueConstraint(
                fields=["article", "session_digest"],
                condition=~models.Q(session_digest=""),
                name="knowledge_rating_session_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.article_id}: {'yes' if self.is_helpful else 'no'}"
