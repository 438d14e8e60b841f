"""What readers say about an article: did it help, and if not, what was missing."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.models import User
from accounts.redaction import clean, redact
from knowledge.models import Article, ArticleRating, Reader


@dataclass(frozen=True, slots=True)
class Rater:
    """Who answers: a person, or a session that cannot be traced back from its digest."""

    user: User | None
    session_digest: str = ""


def rater_of(reader: Reader, session_key: str | None) -> Rater | None:
    """The one whose answer counts once; None for a guest who has no session yet."""
    if reader.is_authenticated:
        return Rater(reader)
    if session_key is None:
        return None
    digest = salted_hmac("knowledge.rating", session_key, algorithm="sha256").hexdigest()
    return Rater(None, digest)


def given(article: Article, *, by: Rater | None) -> ArticleRating | None:
    """The answer this rater has given."""
    return article.ratings.filter(**_identity(by)).first() if by else None


@transaction.atomic
def rate(article: Article, *, by: Rater, is_helpful: bool, note: str = "") -> ArticleRating:
    """Keep the rater's one answer; an earlier note stays unless this one replaces it or says yes.

    Secrets in a note are taken out before it is stored.
    """
    answer: dict[str, Any] = {"is_helpful": is_helpful, "rated_at": timezone.now()}
    if note or is_helpful:
        answer["note"] = redact(clean(note)).text
    rating, _created = article.ratings.update_or_create(defaults=answer, **_identity(by))
    return rating


def _identity(rater: Rater) -> dict[str, Any]:
    return {"reader": rater.user, "session_digest": rater.session_digest}
