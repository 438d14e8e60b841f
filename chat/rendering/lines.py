"""What a line of Markdown begins: containers, headings, rules, fences and tables."""

import re
from dataclasses import dataclass

from markdown_it.rules_block.table import escapedSplit

RULE = re.compile(r"(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$")
HEADING = re.compile(r"(#{1,6})(?:[ \t]+|$)")
HEADING_END = re.compile(r"(?:^|[ \t]+)#+[ \t]*$")
FENCE = re.compile(r"(`{3,})([^`]*)$|(~{3,})(.*)$")
MARKER = re.compile(r"([-+*])(?=[ \t]|$)|(\d{1,9})([.)])(?=[ \t]|$)")
DELIMITERS = re.compile(r"\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")

# While it grows, a line that is only this may still turn into anything.
UNDECIDED = re.compile(r"[-+*_#=~`|>\s]*$|\d{1,9}[.)]?\s*$|`{3}|~{3}|\|")
FENCE_END = re.compile(r"[ ]{0,3}(`{3,}|~{3,})[ \t]*$")
FENCE_UNDECIDED = re.compile(r"\s*[`~]*[ \t]*$")

MOST_COLUMNS = 64


@dataclass(slots=True)
class Cursor:
    """The rest of a line, and the column where it starts (a tab reaches to a multiple of 4)."""

    text: str
    column: int = 0

    @property
    def is_blank(self) -> bool:
        return not self.text.strip(" \t")

    @property
    def indent(self) -> int:
        """The width of the space before the text, in columns."""
        column = self.column
        for character in self.text:
            if character == " ":
                column += 1
            elif character == "\t":
                column += 4 - column % 4
            else:
                break
        return column - self.column

    @property
    def words(self) -> str:
        """The text without the space before it."""
        return self.text.lstrip(" \t")

    def skip_indent(self) -> None:
        self.column += self.indent
        self.text = self.words

    def skip(self, characters: int) -> None:
        """Go past characters that are one column wide each."""
        self.text = self.text[characters:]
        self.column += characters

    def skip_columns(self, columns: int) -> None:
        """Go past space of at most that width; what is left of a tab becomes spaces."""
        while columns > 0 and self.text[:1] in (" ", "\t"):
            width = 1 if self.text[0] == " " else 4 - self.column % 4
            left = max(0, width - columns)
            self.text = " " * left + self.text[1:]
            self.column += width - left
            columns -= width


def cells(row: str) -> list[str]:
    """Split a table's row; a pipe is written `\\|` inside a cell."""
    found = escapedSplit(row.strip(" \t"))
    if found and not found[0]:
        del found[0]
    if found and not found[-1]:
        del found[-1]
    return [cell.strip(" \t") for cell in found]


def is_delimiter_row(line: str, header: str) -> bool:
    """Say whether the line makes a table of the line before it."""
    if not DELIMITERS.match(line):
        return False
    columns = len(cells(line))
    return 0 < columns <= MOST_COLUMNS and columns == len(cells(header))
