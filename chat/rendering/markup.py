"""Inline markup that is not finished yet: where text may be cut, and how to show its end.

A scan is a cautious reading of CommonMark's inline rules: what may still become markup counts as
open. Link destinations hold no spaces here, save before a quoted title.
"""

import re
from dataclasses import dataclass, field

# Text is cut within the smallest window that has a safe place; past the last it is cut anyway.
WINDOWS = (120, 240, 480, 960, 1920)

_MARK = re.compile(r"\\.|`+|[*_]+|~~|!?\[|\]|\s+", re.S)
_DESTINATION = re.compile(
    r"\(\s*(?:<[^<>\n]*>|(?:[^()\\\s]|\\.|\([^()\s]*\))*)"
    r"""(?:\s+(?:"[^"]*"|'[^']*'|\([^()]*\)))?\s*\)"""
)
_CITATION_BEGUN = re.compile(r"[ ]*\[[\d,\s]*$")
_CITATION = re.compile(r"\[[\d,\s]+\]")
_SENTENCE_ENDS = ".!?:;"


@dataclass(slots=True)
class Mark:
    """An opened marker: `text` is what would close it, `start` and `end` where it stands."""

    text: str
    start: int
    end: int


@dataclass(slots=True)
class Scan:
    """What is open at the end of a text, and the last places where it may be cut (0: none)."""

    opened: list[Mark] = field(default_factory=list)
    sentence: int = 0
    word: int = 0


def cut(text: str, searched: int = 0) -> int:
    """Say where the beginning of a growing text may be cut off and drawn for good; 0: wait.

    The answer depends only on the beginning of the text, so never on how it arrived. The first
    `searched` characters are known to have no such place.
    """
    for window in WINDOWS:
        if window < searched:
            continue
        if len(text) <= window:
            return 0
        found = scan(text[:window])
        if found.sentence > window // 3:
            return found.sentence
        if found.word:
            return found.word
    return text.rfind(" ", 1, WINDOWS[-1]) + 1 or WINDOWS[-1]


def repair(text: str) -> str:
    """Close or hide what is unfinished at the end of a growing text."""
    text = text.rstrip()
    if text.endswith("\\") and not text.endswith("\\\\"):
        text = text[:-1]
    closers = []
    for mark in reversed(scan(text).opened):
        if mark.text in ("[", "]"):
            text = _hide_link(text, mark)
        elif mark.end >= len(text):
            text = text[: mark.start].rstrip()
        else:
            text = text.rstrip("`" if mark.text[0] == "`" else None)
            closers.append(mark.text)
    return text.rstrip() + "".join(closers) if text.strip("*_~`") else ""


def scan(text: str) -> Scan:
    """Read the text's markers from left to right."""
    found = Scan()
    position = 0
    while match := _MARK.search(text, position):
        position = match.end()
        mark = match.group()
        if mark[0] == "`":
            position = _read_code(text, match, found)
        elif mark[0] in "*_~":
            _read_emphasis(text, match, found)
        elif mark[-1] == "[":
            found.opened.append(Mark("[", match.start(), match.end()))
        elif mark == "]":
            position = _read_bracket(text, match, found)
        elif mark[0] != "\\" and not found.opened:
            _read_space(text, match, found)
    return found


def _read_space(text: str, match: re.Match[str], found: Scan) -> None:
    start, end = match.span()
    if start == 0 or end == len(text) or text[end] == "[":
        return
    found.word = end
    if text[start - 1] in _SENTENCE_ENDS:
        found.sentence = end


def _read_code(text: str, match: re.Match[str], found: Scan) -> int:
    run = match.group()
    end = match.end()
    closing = re.compile(rf"(?<!`){run}(?!`)").search(text, end)
    if closing:
        return closing.end()
    found.opened.append(Mark(run, match.start(), end))
    return len(text)


def _read_emphasis(text: str, match: re.Match[str], found: Scan) -> None:
    run, (start, end) = match.group(), match.span()
    before = text[start - 1] if start else " "
    after = text[end] if end < len(text) else ""
    word = run[0] == "_" and before.isalnum()
    left = 0 if before.isspace() else _close(run, found)
    rest = len(run) - left
    if rest and (not after or not after.isspace()) and not word:
        found.opened.append(Mark(run[:rest], start, end))


def _close(run: str, found: Scan) -> int:
    """Close openers of the run's kind, innermost first; return how many characters that took."""
    used = 0
    while used < len(run) and found.opened and found.opened[-1].text[0] == run[0]:
        opener = found.opened.pop()
        size = min(len(opener.text), len(run) - used)
        used += size
        if size < len(opener.text):
            found.opened.append(Mark(opener.text[size:], opener.start, opener.end))
    return used


def _read_bracket(text: str, match: re.Match[str], found: Scan) -> int:
    index = next((i for i in reversed(range(len(found.opened))) if found.opened[i].text == "["), -1)
    if index < 0:
        return match.end()
    opener = found.opened[index]
    del found.opened[index:]
    end = match.end()
    destination = _DESTINATION.match(text, end)
    if destination:
        return destination.end()
    is_citation = _CITATION.fullmatch(text, opener.start, end) is not None
    if text[end:].startswith("(") or (end == len(text) and not is_citation):
        found.opened += [opener, Mark("]", match.start(), end)]
        return len(text)
    return end


def _hide_link(text: str, mark: Mark) -> str:
    """Show an unfinished link as its text only, and an unfinished citation not at all."""
    if mark.text == "]":
        return text[: mark.start]
    if begun := _CITATION_BEGUN.search(text, max(0, mark.start - 1)):
        return text[: begun.start()]
    return text[: mark.start] + text[mark.end :]
