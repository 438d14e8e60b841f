"""Whose desk this is: the campus file, read once, and its values put into texts.

A text names a value as `{{ campus.url.password }}`. Names that do not exist raise
UnknownCampusValue, so that a typing mistake is found where it was made.
"""

import re
import tomllib
from collections.abc import Mapping
from datetime import time
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

PLACEHOLDER = re.compile(r"\{\{\s*campus\.([a-z_]+(?:\.[a-z_]+)*)\s*\}\}")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class UnknownCampusValue(LookupError):
    """A text names a value that the campus file does not hold."""


class Section(Mapping[str, Any]):
    """A table of the campus file; its values are attributes and items alike."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = {
            key: Section(value) if isinstance(value, dict) else value
            for key, value in values.items()
        }

    def __getitem__(self, key: str) -> Any:
        return self._values[key]

    def __getattr__(self, name: str) -> Any:
        try:
            return self._values[name]
        except KeyError:
            raise AttributeError(name) from None

    def __iter__(self):  # type: ignore[no-untyped-def]
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


@cache
def load(path: Path | None = None) -> Section:
    """The campus file's values; raise FileNotFoundError or TOMLDecodeError when unusable."""
    return Section(tomllib.loads((path or settings.CAMPUS_FILE).read_text(encoding="utf-8")))


def fill_in(text: str) -> str:
    """Replace every `{{ campus.… }}`; raise UnknownCampusValue for a name the file lacks."""
    return PLACEHOLDER.sub(lambda match: _value(match[1]), text)


def _value(dotted: str) -> str:
    value: Any = load()
    for name in dotted.split("."):
        try:
            value = value[name]
        except (KeyError, TypeError):
            raise UnknownCampusValue(f"campus.{dotted} is not in {settings.CAMPUS_FILE}") from None
    return str(value)


def time_zone() -> ZoneInfo:
    return ZoneInfo(load().time_zone)


def opening_hours(weekday: int) -> tuple[time, time] | None:
    """The desk's hours on a weekday (Monday is 0) in campus time; None when closed."""
    hours = load().desk.opening.get(WEEKDAYS[weekday])
    return (time.fromisoformat(hours[0]), time.fromisoformat(hours[1])) if hours else None
