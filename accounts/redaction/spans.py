"""The words redaction speaks: kinds of secret, where one was found, and who looks for it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

# Stands for text that is already removed. Detectors neither match it nor look across it.
OPAQUE = "\ufffc"


class Kind(StrEnum):
    """What a secret is. The order is the rank: of two that overlap the earlier names the marker."""

    PRIVATE_KEY = "private_key"
    SESSION_TOKEN = "session_token"
    API_KEY = "api_key"
    CARD_NUMBER = "card_number"
    NATIONAL_ID = "national_id"
    ONE_TIME_CODE = "one_time_code"
    PASSWORD = "password"
    PRIVATE_DETAIL = (
        "private_detail"  # what a rule of the campus removes, never a built-in detector
    )

    @property
    def words(self) -> str:
        """The kind as a person reads it: "one-time code"."""
        return _WORDS.get(self, self.value.replace("_", " "))

    @property
    def marker(self) -> str:
        """What stands where the secret stood: "[one-time code removed]"."""
        return f"[{self.words} removed]"


_WORDS = {
    Kind.ONE_TIME_CODE: "one-time code",
    Kind.NATIONAL_ID: "national ID",
    Kind.API_KEY: "API key",
}

RANK = {kind: rank for rank, kind in enumerate(Kind)}


@dataclass(frozen=True, slots=True)
class Span:
    """A secret found: `start` and `end` are positions in the text the detector was given."""

    kind: Kind
    start: int
    end: int


# Looks through a folded text (see `folding`) and yields what it found, in any order. It must
# take time linear in the text.
type Detector = Callable[[str], Iterable[Span]]
