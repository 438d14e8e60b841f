"""The words that every source of an answer speaks: `Delta … Finish`. Pure.

    guard, cache, knowledge and providers  →  Delta(text)… Finish(reason, notice, sources)

An answer's text may carry markers such as `[2]`; the server turns them into links to
`Source` number 2 and drops numbers it does not know.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class FinishReason(StrEnum):
    """Why an answer ended; the values of every provider are translated into these."""

    STOP = "stop"
    LENGTH = "length"
    CONTENT_FILTER = "content_filter"
    REFUSAL = "refusal"
    CANCELLED = "cancelled"
    ERROR = "error"
    UNKNOWN = "unknown"


class Notice(StrEnum):
    """What the page says about an answer beside its text; the template holds the words."""

    UNKNOWN = "unknown"
    LIMITED = "limited"
    COURSEWORK = "coursework"
    DECLINED = "declined"
    CRISIS = "crisis"
    SECURITY = "security"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Source:
    """A passage that an answer may cite; `number` is the marker, `checked` the review date."""

    number: int
    title: str
    url: str
    section: str = ""
    checked: date | None = None
    article_id: int = 0


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one request; `cached_tokens` are part of `input_tokens`."""

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of text; the first one names the sources that its markers may refer to."""

    text: str
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class Finish:
    """The end. A `notice` that declines replaces what was shown."""

    reason: FinishReason
    notice: Notice | None = None
    sources: tuple[Source, ...] = ()
    usage: Usage | None = None
    provider: str = ""
    model: str = ""


Chunk = Delta | Finish
