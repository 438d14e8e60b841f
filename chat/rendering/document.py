"""A Markdown document read line by line, as CommonMark's own block algorithm does.

Source of the rules: spec.commonmark.org/0.31.2, appendix "A parsing strategy", and GitHub's
tables. What is finished goes to the tree at once; only the last paragraph and line are kept.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape

from chat.rendering import lines, markup, tail
from chat.rendering.elements import (
    Container,
    Fence,
    Item,
    Leaf,
    List,
    Table,
    Text,
    heading_tag,
    new_fence,
    new_table,
    new_text,
)
from chat.rendering.inline import Inline
from chat.rendering.reading import Kind, Reading, read
from chat.rendering.tree import Tree

LONG_PARAGRAPH = 1500  # characters of html after which a paragraph is settled piece by piece
LONG_LINE = 100  # a line this long is taken as it stands, before its end
LONG_ODD_LINE = 1000  # the same for a line that may yet head a table or define a link

_UNWANTED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_TAG = re.compile(r"<[^>]*>")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


@dataclass(slots=True)
class _Line:
    """The unfinished last line; `is_taken` when its beginning is in the document already."""

    text: str = ""
    is_taken: bool = False


@dataclass(slots=True)
class Document:
    """Reads what is written to it into `tree`; `slug` names headings for links to them."""

    inline: Inline
    anchor: str = ""
    slug: Callable[[str], str] | None = None
    tree: Tree = field(init=False)
    _containers: list[Container] = field(default_factory=list)
    _leaf: Leaf = None
    _line: _Line = field(default_factory=_Line)
    _slugs: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.tree = Tree(self.anchor)

    def write(self, text: str) -> None:
        """Read more of the text; control characters and halves of characters are dropped."""
        text = _SURROGATE.sub("\ufffd", _UNWANTED.sub("", text))
        *ended, begun = (self._line.text + text).split("\n")
        for line in ended:
            self._end_line(self._take(line))
        self._line.text = self._take(begun)

    def close(self) -> None:
        """End the text and settle all of it."""
        if self._line.text or self._line.is_taken:
            self._end_line(self._line.text)
        self._line = _Line()
        self._close_leaf()
        self._close_containers(0)

    # A line's beginning may be taken before its end, always at the same place.

    def _take(self, line: str) -> str:
        """Take what is certain of a line that may still grow; return what is left to wait."""
        if self._line.is_taken:
            return self._go_on(line)
        if isinstance(self._leaf, Fence):
            return self._take_code(line)
        return self._take_text(line)

    def _take_text(self, line: str) -> str:
        length = LONG_LINE
        if "|" in line[:LONG_LINE] or line[:LONG_LINE].lstrip("> \t").startswith("["):
            length = LONG_ODD_LINE
        if len(line) <= length:
            return line
        reading = self._read_line(line[:length])
        if reading.kind not in (Kind.TEXT, Kind.MORE, Kind.HEADING):
            return line
        self._apply(reading, is_whole=False)
        self._line.is_taken = True
        return self._go_on(line[length:])

    def _take_code(self, line: str) -> str:
        reading = self._read_line(line)
        if reading.kind is not Kind.CODE:
            return self._take_text(line)
        if lines.FENCE_UNDECIDED.match(reading.text):
            return line
        self._apply(reading)
        self._line.is_taken = True
        return ""

    def _go_on(self, text: str) -> str:
        if isinstance(self._leaf, Text):
            self._leaf.add(text)
            self._draw(self._leaf)
        elif text:
            self.tree.add(escape(text, quote=False))
        return ""

    def _end_line(self, rest: str) -> None:
        if not self._line.is_taken:
            self._apply(self._read_line(rest))
        elif isinstance(self._leaf, Text) and self._leaf.tag.startswith("h"):
            self._close_leaf()
        self._line.is_taken = False

    # Reading changes nothing, so that an unfinished line can be read, too.

    def _read_line(self, line: str) -> Reading:
        return read(line, self._containers, self._leaf)

    # Applying a reading settles what it ends.

    def _apply(self, reading: Reading, *, is_whole: bool = True) -> None:
        if reading.kind is Kind.CODE:
            self._apply_code(reading.text)
        elif reading.kind is Kind.MORE:
            self._add_line(reading.text, is_whole)
        elif reading.kind is Kind.DELIMITERS:
            self._begin_table()
        elif reading.kind is Kind.ROW:
            self._add_row(reading.text)
        else:
            self._close_leaf()
            self._close_containers(reading.kept)
            self._open(reading.opened)
            self._apply_leaf(reading, is_whole)

    def _apply_leaf(self, reading: Reading, is_whole: bool) -> None:
        match, text = reading.match, reading.text
        if reading.kind is Kind.TEXT:
            self._begin_paragraph(text, is_whole)
        elif reading.kind is Kind.HEADING and match:
            self._begin_heading(match.group(1), text[match.end() :], is_whole)
        elif reading.kind is Kind.RULE:
            self._fill_item()
            self.tree.add("<hr>")
        elif reading.kind is Kind.FENCE and match:
            self._fill_item()
            mark, info = match.group(1) or match.group(3), match.group(2) or match.group(4) or ""
            self._leaf = new_fence(mark, info, reading.indent)
            self.tree.open(self._leaf)

    def _apply_code(self, line: str) -> None:
        assert isinstance(self._leaf, Fence)
        if self._leaf.is_closed_by(line):
            self._close_leaf()
            return
        self.tree.add(("\n" if self._leaf.is_begun else "") + escape(line, quote=False))
        self._leaf.is_begun = True

    def _begin_paragraph(self, text: str, is_whole: bool) -> None:
        if is_whole and self.inline.define(text):
            self._fill_item()
            return
        self._leaf = new_text("" if self._fill_item() else "p")
        self._add_line(text, is_whole)

    def _begin_heading(self, marks: str, text: str, is_whole: bool) -> None:
        self._fill_item()
        self._leaf = new_text(heading_tag(marks))
        self._leaf.add(text)
        if is_whole:
            self._close_leaf()

    def _add_line(self, text: str, is_whole: bool) -> None:
        assert isinstance(self._leaf, Text)
        self._leaf.take_header()
        if is_whole and "|" in text and len(text) <= LONG_ODD_LINE:
            self._leaf.header = text
        else:
            self._leaf.add_line(text)
        self._draw(self._leaf)

    def _begin_table(self) -> None:
        assert isinstance(self._leaf, Text)
        header, self._leaf.header = self._leaf.header, ""
        if self._leaf.is_begun:
            self._close_leaf()
        self._leaf = new_table([self._draw_all(cell) for cell in lines.cells(header)])
        self.tree.open(self._leaf)

    def _add_row(self, line: str) -> None:
        assert isinstance(self._leaf, Table)
        cells = lines.cells(line)[: self._leaf.columns]
        self.tree.add(self._leaf.row([self._draw_all(cell) for cell in cells]))

    def _open(self, containers: list[Container]) -> None:
        for container in containers:
            if isinstance(container, Item):
                parent = self._containers[-1]
                assert isinstance(parent, List)
                parent.next += 1
            else:
                self._fill_item()
            self._containers.append(container)
            self.tree.open(container)

    def _fill_item(self) -> bool:
        """Note that the innermost item has content; True when this is its first."""
        last = self._containers[-1] if self._containers else None
        if not isinstance(last, Item):
            return False
        was_empty, last.is_empty = last.is_empty, False
        return was_empty

    def _close_containers(self, kept: int) -> None:
        while len(self._containers) > kept:
            self._containers.pop()
            self.tree.close()

    def _close_leaf(self) -> None:
        leaf, self._leaf = self._leaf, None
        if isinstance(leaf, Text):
            self._close_text(leaf)
        elif leaf:
            self.tree.close()

    def _close_text(self, leaf: Text) -> None:
        leaf.take_header()
        self._draw(leaf)
        text = leaf.text.rstrip(" \t")
        if leaf.tag.startswith("h"):
            text = lines.HEADING_END.sub("", text)
        html = leaf.drawn + self.inline.html(text)
        if leaf.is_split:
            self.tree.add(html)
        elif leaf.tag:
            self.tree.add(f"{leaf.head}{self._heading_id(leaf, html)}>{html}{leaf.tail}")
        else:
            self.tree.add(html)
        if leaf.is_split and leaf.tag:
            self.tree.close()

    def _heading_id(self, leaf: Text, html: str) -> str:
        if self.slug is None or leaf.tag == "p":
            return ""
        name = self.slug(_TAG.sub("", html)) or "section"
        self._slugs[name] = count = self._slugs.get(name, 0) + 1
        return f' id="{escape(name)}{f"-{count}" if count > 1 else ""}"'

    # Drawing is once for each piece; the tail alone is drawn again.

    def _draw(self, leaf: Text) -> None:
        """Draw the text's beginning as far as nothing later can change it."""
        while length := markup.cut(leaf.text, leaf.searched):
            leaf.drawn += self.inline.html(leaf.text[:length])
            leaf.text, leaf.searched = leaf.text[length:], 0
            if len(leaf.drawn) >= LONG_PARAGRAPH:
                self._split(leaf)
        leaf.searched = len(leaf.text)

    def _split(self, leaf: Text) -> None:
        if leaf.tag and not leaf.is_split:
            self.tree.open(leaf)
        leaf.is_split = True
        self.tree.add(leaf.drawn)
        leaf.drawn = ""

    def _draw_all(self, text: str) -> str:
        """Draw a text of any length in pieces."""
        html = ""
        while length := markup.cut(text):
            html += self.inline.html(text[:length])
            text = text[length:]
        return html + self.inline.html(text)

    def draw_tail(self) -> str:
        """Draw what is not settled, inside its containers, with the caret at its end."""
        line = "" if self._line.is_taken else self._line.text
        return tail.draw(self.inline, self._containers, self._leaf, line)
