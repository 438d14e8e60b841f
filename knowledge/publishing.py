"""What people do with articles: edit, publish, archive, restore, decide on a newer seed.

Every accepted text is a revision, so the latest accepted one is the text readers see. Each verb
is one transaction that also renews the passages and tells the search.
"""

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from backplane import versions
from knowledge import passages
from knowledge.models import Article, Revision, RevisionState, Status
from knowledge.search import TOPIC

TEXT_FIELDS = ("title", "summary", "symptoms", "body")


class AlreadyDecided(Exception):
    """Raised when a proposed revision was accepted or dismissed before."""


@dataclass(frozen=True, slots=True)
class Text:
    """The parts of an article that revisions keep."""

    title: str
    summary: str
    symptoms: str
    body: str

    @classmethod
    def of(cls, source: Article | Revision) -> "Text":
        return cls(*(getattr(source, name) for name in TEXT_FIELDS))

    def write_to(self, target: Article | Revision) -> None:
        for name in TEXT_FIELDS:
            setattr(target, name, getattr(self, name))


@transaction.atomic
def edit(article: Article, *, by: User | None, reason: str = "") -> None:
    """Store the article as it now stands in memory; from then on no seed file changes it.

    Raises UnknownCampusValue when a text names a value that the campus file lacks.
    """
    article.seed_digest = ""
    store(article)
    latest = article.revisions.filter(state=RevisionState.ACCEPTED).first()
    if latest is None or Text.of(latest) != Text.of(article):
        record(article, by=by, reason=reason)


@transaction.atomic
def publish(article: Article) -> None:
    """Let its audience find and read the article."""
    _move_to(article, Status.PUBLISHED)


@transaction.atomic
def archive(article: Article) -> None:
    """Take the article out of the help centre and the search; the text is kept."""
    _move_to(article, Status.ARCHIVED)


@transaction.atomic
def restore(revision: Revision, *, by: User) -> None:
    """Make an earlier text the article's text again, as a new revision."""
    article = _locked(revision)
    Text.of(revision).write_to(article)
    edit(article, by=by, reason=_("Restored from %(day)s") % {"day": _day(revision)})


@transaction.atomic
def accept(revision: Revision, *, by: User) -> None:
    """Make a proposed text the article's text. Raises AlreadyDecided."""
    article = _locked(revision)
    _decide(revision, RevisionState.ACCEPTED, by=by)
    Text.of(revision).write_to(article)
    article.seed_digest = ""
    store(article)


@transaction.atomic
def dismiss(revision: Revision, *, by: User) -> None:
    """Put a proposed text aside for good. Raises AlreadyDecided."""
    _locked(revision)
    _decide(revision, RevisionState.DISMISSED, by=by)


@transaction.atomic
def recut(article: Article) -> None:
    """Make the passages of the article anew; the text stays as it is."""
    locked = Article.objects.select_for_update(no_key=True).get(pk=article.pk)
    locked.save(update_fields=["updated_at"])
    passages.rebuild(locked)
    versions.bump(TOPIC)


def store(article: Article) -> None:
    """Save the article, its passages and the news of it, within the caller's transaction."""
    article.save()
    passages.rebuild(article)
    versions.bump(TOPIC)


def record(article: Article, *, by: User | None, reason: str, seed_digest: str = "") -> Revision:
    """Keep the article's present text as its latest revision."""
    revision = Revision(article=article, author=by, reason=reason, seed_digest=seed_digest)
    Text.of(article).write_to(revision)
    revision.save()
    return revision


def _move_to(article: Article, status: Status) -> None:
    """Change the status alone: an edit that was made meanwhile stays."""
    article.status = status
    article.save(update_fields=["status", "updated_at"])
    versions.bump(TOPIC)


def _locked(revision: Revision) -> Article:
    """The revision's article, its row locked so that two decisions come one after the other."""
    article = Article.objects.select_for_update().get(pk=revision.article_id)
    revision.refresh_from_db()
    return article


def _decide(revision: Revision, state: RevisionState, *, by: User) -> None:
    if revision.state != RevisionState.PROPOSED:
        raise AlreadyDecided(str(revision))
    revision.state, revision.author, revision.created_at = state, by, timezone.now()
    revision.save(update_fields=["state", "author", "created_at"])


def _day(revision: Revision) -> str:
    return f"{timezone.localtime(revision.created_at):%Y-%m-%d}"
