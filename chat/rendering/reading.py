"""How a line of Markdown reads after the lines before it."""

import re
from dataclasses import dataclass
from enum import Enum, auto

from chat.rendering import lines
from chat.rendering.elements import Container, Fence, Item, Leaf, List, Quote, Table, Text, new_list
from chat.rendering.lines import Cursor

DEEPEST_CONTAINER = 20  # quotes, lists and items; what nests deeper is text


class Kind(Enum):
    """What a line's text is, after its containers."""

    BLANK = auto()
    TEXT = auto()
    MORE = auto()
    HEADING = auto()
    RULE = auto()
    FENCE = auto()
    CODE = auto()
    DELIMITERS = auto()
    ROW = auto()


@dataclass(slots=True)
class Reading:
    """A line as it reads: how many open containers go on, which begin, and the text in them."""

    kept: int
    opened: list[Container]
    kind: Kind
    text: str
    match: re.Match[str] | None = None
    indent: int = 0


_LEAVES = ((Kind.HEADING, lines.HEADING), (Kind.RULE, lines.RULE), (Kind.FENCE, lines.FENCE))


def read(line: str, containers: list[Container], leaf: Leaf) -> Reading:
    """Read a line, whole or not, after what is open; nothing is changed by it."""
    cursor = Cursor(line)
    kept = _keep(cursor, containers)
    is_inside = kept == len(containers)
    if is_inside and isinstance(leaf, Fence):
        return Reading(kept, [], Kind.CODE, _unindent(cursor, leaf.indent))
    paragraph = leaf if isinstance(leaf, Text) else None
    if is_inside and paragraph and lines.is_delimiter_row(cursor.words, paragraph.header):
        return Reading(kept, [], Kind.DELIMITERS, cursor.words)
    is_more = is_inside and paragraph is not None
    opened = [] if is_more and cursor.indent > 3 else _begin(cursor, containers[:kept], is_more)
    reading = _read_leaf(cursor, opened, is_more)
    reading.kept = kept - _is_list_over(containers[:kept], reading)
    if paragraph and reading.kind is Kind.TEXT and not opened:
        reading.kind, reading.kept = Kind.MORE, len(containers)
    elif is_inside and isinstance(leaf, Table) and reading.kind is Kind.TEXT and not opened:
        reading.kind = Kind.ROW
    return reading


def _keep(cursor: Cursor, containers: list[Container]) -> int:
    """Count the containers that the line goes on in, and go past their prefixes."""
    for depth, container in enumerate(containers):
        if not container.holds(cursor):
            return depth
    return len(containers)


def _unindent(cursor: Cursor, columns: int) -> str:
    cursor.skip_columns(min(columns, cursor.indent))
    return cursor.text


def _is_list_over(kept: list[Container], reading: Reading) -> bool:
    """Say whether the last container is a list, and something else than its next item follows."""
    if not kept or not isinstance(kept[-1], List):
        return False
    if reading.opened:
        return not isinstance(reading.opened[0], Item)
    return reading.kind is not Kind.BLANK


def _begin(cursor: Cursor, kept: list[Container], is_more: bool) -> list[Container]:
    """Find the containers that begin on the line."""
    opened: list[Container] = []
    last = kept[-1] if kept else None
    while len(kept) + len(opened) < DEEPEST_CONTAINER:
        words = cursor.words
        quote = Quote()
        if lines.RULE.match(words):
            break
        if quote.holds(cursor):
            opened.append(quote)
        elif match := lines.MARKER.match(words):
            if is_more and not opened and not _interrupts(match, words):
                break
            opened += _begin_item(cursor, match, None if opened else last)
        else:
            break
    return opened


def _read_leaf(cursor: Cursor, opened: list[Container], is_more: bool) -> Reading:
    words, indent = cursor.words, cursor.indent
    if not words:
        return Reading(0, opened, Kind.BLANK, "")
    if not (is_more and not opened and indent > 3):
        for kind, pattern in _LEAVES:
            if match := pattern.match(words):
                return Reading(0, opened, kind, words, match, indent)
    return Reading(0, opened, Kind.TEXT, words)


def _interrupts(match: re.Match[str], words: str) -> bool:
    """Say whether a list may begin right after a paragraph's line: 1., and not empty."""
    is_first = match.group(2) is None or int(match.group(2)) == 1
    return is_first and bool(words[match.end() :].strip(" \t"))


def _begin_item(cursor: Cursor, match: re.Match[str], last: Container | None) -> list[Container]:
    """Begin an item, in the list it goes on in or a new one, and go past its marker."""
    kind = match.group(1) or match.group(3)
    indent = cursor.indent
    cursor.skip_indent()
    cursor.skip(match.end())
    space = 1 if cursor.is_blank or cursor.indent > 4 else cursor.indent
    cursor.skip_columns(space)
    item = Item(width=indent + match.end() + space)
    if isinstance(last, List) and last.kind == kind:
        return [item]
    return [new_list(kind, int(match.group(2) or 1)), item]
