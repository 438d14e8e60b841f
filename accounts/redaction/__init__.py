"""Removes secrets from what people write, before it is stored: passwords, codes, cards, keys.

The doors are `redact` and, for what no database stores, `clean`. Detectors look at a folded copy;
what is kept is the person's own text.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from accounts.redaction.cleaning import clean
from accounts.redaction.codes import find_one_time_codes
from accounts.redaction.folding import fold
from accounts.redaction.keys import find_api_keys, find_private_keys, find_session_tokens
from accounts.redaction.numbers import find_card_numbers, find_national_ids
from accounts.redaction.passwords import find_passwords
from accounts.redaction.spans import OPAQUE, RANK, Detector, Kind, Span

__all__ = ["Detector", "Kind", "Redaction", "Span", "clean", "redact"]

_BUILT_IN: tuple[Detector, ...] = (
    find_private_keys,
    find_session_tokens,
    find_api_keys,
    find_card_numbers,
    find_national_ids,
    find_one_time_codes,
    find_passwords,
)
# What is left may read differently once its neighbour is gone; a third look finds nothing new.
_LOOKS = 3


@dataclass(frozen=True, slots=True)
class Redaction:
    """A text fit to be stored, and the kinds of what was removed, in the order of the text."""

    text: str
    removed: tuple[Kind, ...]


def redact(text: str, extra: Sequence[Detector] = ()) -> Redaction:
    """Replace every secret by its marker, such as "[password removed]".

    `extra` detectors (the campus's own rules) join the same pass. Redacting twice changes nothing.
    """
    folded = fold(text)
    spans = _find(folded.text, (*_BUILT_IN, *extra))
    if not spans:
        return Redaction(text, ())
    pieces, position = [], 0
    for span in map(folded.unfolded, spans):
        pieces += [text[position : span.start], span.kind.marker]
        position = span.end
    return Redaction("".join([*pieces, text[position:]]), tuple(span.kind for span in spans))


def _find(text: str, detectors: Sequence[Detector]) -> list[Span]:
    spans: list[Span] = []
    for _ in range(_LOOKS):
        found = [span for detector in detectors for span in _uncovered(text, detector(text))]
        if not found:
            break
        spans += _merged(found)
        text = _covered(text, found)
    return sorted(spans, key=lambda span: span.start)


def _uncovered(text: str, spans: Iterable[Span]) -> Iterator[Span]:
    """The parts of each span that are neither removed already nor white space at an edge."""
    for span in spans:
        position = span.start
        for part in text[span.start : span.end].split(OPAQUE):
            if stripped := part.strip():
                start = position + part.index(stripped)
                yield Span(span.kind, start, start + len(stripped))
            position += len(part) + 1


def _merged(spans: Iterable[Span]) -> list[Span]:
    """Overlapping spans as one, named by the highest rank among them."""
    merged: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, span.end, RANK[span.kind])):
        if merged and span.start < merged[-1].end:
            last = merged.pop()
            kind = min(last.kind, span.kind, key=RANK.__getitem__)
            span = Span(kind, last.start, max(last.end, span.end))
        merged.append(span)
    return merged


def _covered(text: str, spans: Iterable[Span]) -> str:
    pieces, position = [], 0
    for span in _merged(spans):
        pieces += [text[position : span.start], OPAQUE * (span.end - span.start)]
        position = span.end
    return "".join([*pieces, text[position:]])
