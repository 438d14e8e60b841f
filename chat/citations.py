"""The markers in an answer's text, such as `[2]`, and the sources they stand for. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from chat.completion import Source

MARKER = re.compile(r"\[(\d{1,3})\]")


def cited(text: str, offered: Iterable[Source]) -> tuple[Source, ...]:
    """The sources that the text has a marker of."""
    numbers = set(_numbers(text))
    return tuple(source for source in offered if source.number in numbers)


def in_order_of_use(text: str, offered: Iterable[Source]) -> tuple[str, tuple[Source, ...]]:
    """The text and the sources it cites, numbered anew from 1 as a reader meets them.

    Markers of unknown sources go.
    """
    known = {source.number: source for source in offered}
    used = [number for number in dict.fromkeys(_numbers(text)) if number in known]
    places = {number: place for place, number in enumerate(used, 1)}
    sources = tuple(replace(known[number], number=place) for number, place in places.items())
    return MARKER.sub(lambda marker: _renumbered(marker, places), text), sources


def _numbers(text: str) -> Sequence[int]:
    return [int(number) for number in MARKER.findall(text)]


def _renumbered(marker: re.Match[str], places: dict[int, int]) -> str:
    place = places.get(int(marker[1]))
    return f"[{place}]" if place else ""
