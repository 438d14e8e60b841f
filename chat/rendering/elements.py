"""The elements a Markdown document may hold open, and how each is drawn."""

from dataclasses import dataclass
from html import escape

from chat.rendering.lines import Cursor
from chat.rendering.tree import Element

_COPY = (
    '<button class="btn ghost" type="button" data-copy data-copied="Copied">'
    "<span>Copy</span></button>"
)


@dataclass(slots=True)
class Quote(Element):
    head: str = '<blockquote class="note"'
    tail: str = "</blockquote>"

    def holds(self, cursor: Cursor) -> bool:
        """Say whether a line goes on in here, and take the cursor past its prefix."""
        if not cursor.words.startswith(">"):
            return False
        cursor.skip_indent()
        cursor.skip(1)
        cursor.skip_columns(1)
        return True

    def resume(self, _items_shown: int) -> str:
        return '<blockquote class="note more">'


@dataclass(slots=True)
class List(Element):
    """`kind` is the bullet, or what ends the number; `next` is the next item's number."""

    kind: str = "-"
    next: int = 1

    @property
    def is_ordered(self) -> bool:
        return self.kind in ".)"

    def holds(self, _cursor: Cursor) -> bool:
        return True

    def resume(self, items_shown: int) -> str:
        """Open the list again, from its last `items_shown` items on."""
        if self.is_ordered:
            return f'<ol class="steps more" start="{self.next - items_shown}">'
        return '<ul class="more">'


def new_list(kind: str, number: int) -> List:
    """Make a list whose first item has the number."""
    if kind not in ".)":
        return List("<ul", "</ul>", kind=kind)
    start = "" if number == 1 else f' start="{number}"'
    return List(f'<ol class="steps"{start}', "</ol>", kind=kind, next=number)


@dataclass(slots=True)
class Item(Element):
    """`width` is the indentation of what belongs to the item, in columns."""

    head: str = "<li"
    tail: str = "</li>"
    width: int = 2
    is_empty: bool = True

    def holds(self, cursor: Cursor) -> bool:
        if cursor.is_blank:
            return not self.is_empty
        if cursor.indent < self.width:
            return False
        cursor.skip_columns(self.width)
        return True

    def resume(self, _items_shown: int) -> str:
        return '<li class="more">'


Container = Quote | List | Item


@dataclass(slots=True)
class Text(Element):
    """A paragraph or a heading; a paragraph with no tag stands bare in its list item.

    `drawn` is html not settled yet, `text` what is not drawn yet, `searched` how much of it has no
    place to cut, `header` a last line that may head a table, `shown` which text the tail drew last
    and how.
    """

    tag: str = "p"
    text: str = ""
    header: str = ""
    drawn: str = ""
    searched: int = 0
    shown: tuple[str, str] = ("", "")
    is_begun: bool = False
    is_split: bool = False

    @property
    def visible(self) -> str:
        """What is not drawn yet and may be shown; a line that begins a table waits."""
        if not self.header or self.header.startswith("|"):
            return self.text
        return f"{self.text}\n{self.header}" if self.is_begun else self.header

    def add(self, text: str) -> None:
        """Go on in the same line."""
        self.text += text
        self.is_begun = True

    def add_line(self, line: str) -> None:
        """Go on in a new line."""
        self.take_header()
        self.add(f"\n{line}" if self.is_begun else line)

    def take_header(self) -> None:
        """Make the last line part of the text: it heads no table."""
        header, self.header = self.header, ""
        if header:
            self.add_line(header)


def new_text(tag: str) -> Text:
    return Text(f"<{tag}", f"</{tag}>", tag=tag)


def heading_tag(marks: str) -> str:
    """Say which heading it is; the page has the first level, and nothing is below the fourth."""
    return f"h{max(2, min(4, len(marks)))}"


@dataclass(slots=True)
class Fence(Element):
    """Code between fences: `mark` is the opening one, `indent` the space before it."""

    mark: str = "```"
    indent: int = 0
    is_begun: bool = False

    def is_closed_by(self, line: str) -> bool:
        mark = line.strip(" \t")
        return (
            len(mark) >= len(self.mark)
            and mark == self.mark[0] * len(mark)
            and Cursor(line).indent < 4
        )


def new_fence(mark: str, info: str, indent: int) -> Fence:
    """Open a code block; its info string is the language, then the label shown above it."""
    language, _space, words = info.strip().partition(" ")
    label = escape(words.strip() or language or "Code", quote=False)
    head = f'<div class="code"><div>{label}{_COPY}</div><pre tabindex="0"><code'
    return Fence(head, "</code></pre></div>", parts=[""], mark=mark, indent=indent)


@dataclass(slots=True)
class Table(Element):
    columns: int = 1

    def row(self, cells: list[str]) -> str:
        """Draw a row of html cells. Missing ones stay missing: few bytes could ask for many."""
        return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def new_table(header: list[str]) -> Table:
    """Open a table below a header of html cells."""
    row = "".join(f'<th scope="col">{cell}</th>' for cell in header)
    head = '<div class="table" tabindex="0" role="region" aria-label="Table">'
    head += f"<table><thead><tr>{row}</tr></thead><tbody"
    return Table(head, "</tbody></table></div>", parts=[""], columns=len(header))


Leaf = Text | Fence | Table | None
