"""Regular expressions that cannot be made slow by what a person writes.

RE2 (Cox, "Regular Expression Matching in the Wild", 2010) runs in time linear in the text. It
has no look-around, so a scanner finds the places and the detector looks at their neighbours.
Each call converts its whole text: give scanners the text once, not once per position.
"""

import re
from typing import cast

import re2


def scanner(pattern: str) -> re.Pattern[str]:
    """Compile for RE2, ignoring case. Raises `re2.error` on look-around and back-references."""
    return cast(re.Pattern[str], re2.compile(f"(?i){pattern}"))


def exact_scanner(pattern: str) -> re.Pattern[str]:
    """The same, minding case."""
    return cast(re.Pattern[str], re2.compile(pattern))


def starts_word(text: str, start: int) -> bool:
    """Whether no letter, digit, underscore or removed secret stands right before `start`."""
    return start == 0 or not (text[start - 1].isalnum() or text[start - 1] in "_\ufffc")


def ends_word(text: str, end: int) -> bool:
    """Whether no letter, digit, underscore or removed secret stands right at `end`."""
    return end >= len(text) or not (text[end].isalnum() or text[end] in "_\ufffc")
