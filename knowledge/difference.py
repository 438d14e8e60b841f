"""What changed between two texts, line by line (pure)."""

from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

CONTEXT_LINES = 3


class Change(StrEnum):
    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a comparison; a skipped one stands for several equal lines and has no text."""

    change: Change
    text: str = ""


def lines(before: str, after: str) -> list[Line]:
    """Removed and added lines with three equal ones around them; empty when nothing changed."""
    old, new = before.splitlines(), after.splitlines()
    found: list[Line] = []
    shown = 0
    for group in SequenceMatcher(a=old, b=new, autojunk=False).get_grouped_opcodes(CONTEXT_LINES):
        if group[0][1] > shown:
            found.append(Line(Change.SKIPPED))
        for _, start, end, new_start, new_end in group:
            found.extend(_hunk(old[start:end], new[new_start:new_end]))
        shown = group[-1][2]
    if found and shown < len(old):
        found.append(Line(Change.SKIPPED))
    return found


def _hunk(old: list[str], new: list[str]) -> list[Line]:
    if old == new:
        return [Line(Change.SAME, text) for text in old]
    return [Line(Change.REMOVED, text) for text in old] + [Line(Change.ADDED, text) for text in new]
