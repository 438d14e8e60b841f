"""A copy of the text for the detectors' eyes, and the way back to the person's own characters.

Fullwidth and other compatibility characters become plain ones, digits of every script become
0 to 9, and what cannot be seen goes. Tables: the Unicode database of the running Python.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from accounts.redaction.spans import OPAQUE, Kind, Span

_MARKERS = re.compile("|".join(re.escape(kind.marker) for kind in Kind))
# Not of category Cf, and still invisible: joiners, Hangul fillers, variation selectors.
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)
_LONGEST_PIECE = 4  # one ligature in Arabic opens into 18 characters; such stay as they are


@dataclass(frozen=True, slots=True)
class Folded:
    """`text` for the detectors; `origins[i]` is the position its character i came from.

    `origins` is None where every character kept its place.
    """

    text: str
    origins: list[int] | None = None

    def unfolded(self, span: Span) -> Span:
        """The same span in the text as it was typed."""
        if self.origins is None:
            return span
        return Span(span.kind, self.origins[span.start], self.origins[span.end - 1] + 1)


def fold(text: str) -> Folded:
    """Fold a text; markers of an earlier redaction become opaque, character by character."""
    seen = _MARKERS.sub(lambda marker: OPAQUE * len(marker[0]), text) if "[" in text else text
    if seen.isascii():
        return Folded(seen)
    pieces = {ord(char): _piece(char) for char in set(seen) if not char.isascii()}
    if all(len(piece) == 1 for piece in pieces.values()):
        return Folded(seen.translate(pieces))
    return Folded(seen.translate(pieces), _origins(seen, pieces))


def _origins(text: str, pieces: Mapping[int, str]) -> list[int]:
    widths = {chr(code): len(piece) for code, piece in pieces.items()}
    origins: list[int] = []
    for position, char in enumerate(text):
        width = widths.get(char, 1)
        if width == 1:
            origins.append(position)
        elif width:
            origins.extend([position] * width)
    return origins


def _piece(char: str) -> str:
    if unicodedata.category(char) == "Cs":
        return "\ufffd"
    if unicodedata.category(char) == "Cf" or _INVISIBLE.match(char):
        return ""
    digit = unicodedata.decimal(char, None)
    if digit is not None:
        return str(digit)
    plain = unicodedata.normalize("NFKC", char)
    return plain if len(plain) <= _LONGEST_PIECE else char
