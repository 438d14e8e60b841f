"""A passage's Markdown in blocks that may be picked and cited one by one (pure)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

from markdown_it import MarkdownIt
from markdown_it.token import Token

_parser = MarkdownIt("commonmark", {"html": False}).enable("table")

_SENTENCE_END = re.compile(r"(?<=[.!?:])[\"”’)*]*\s+(?=[\"“‘(*`\[A-Z0-9])")
_NESTED = re.compile(r"\n\s+(?:[-*+]|\d+[.)]|```)")


class Kind(Enum):
    PROSE = auto()
    STEPS = auto()
    POINTS = auto()
    WARNING = auto()
    CODE = auto()
    TABLE = auto()


KINDS = {
    "paragraph_open": Kind.PROSE,
    "ordered_list_open": Kind.STEPS,
    "bullet_list_open": Kind.POINTS,
    "blockquote_open": Kind.WARNING,
    "fence": Kind.CODE,
    "code_block": Kind.CODE,
    "table_open": Kind.TABLE,
}


@dataclass(frozen=True, slots=True)
class Block:
    """A top-level block as it was written; `items` holds the entries of a list."""

    kind: Kind
    text: str
    items: tuple[str, ...] = ()

    def cited(self, number: int) -> str:
        """The block with the marker on every paragraph and step; code and tables have none."""
        marker = f" [{number}]"
        if self.kind is Kind.STEPS:
            return "\n".join(
                f"{place}. {_with_marker(item, marker)}" for place, item in enumerate(self.items, 1)
            )
        if self.kind is Kind.POINTS:
            return "\n".join(f"- {_with_marker(item, marker)}" for item in self.items)
        if self.kind in {Kind.CODE, Kind.TABLE}:
            return self.text
        return self.text + marker

    def sentences(self) -> list[str]:
        """The sentences, points or steps one by one; none for code and tables."""
        if self.kind in {Kind.CODE, Kind.TABLE}:
            return []
        texts = self.items or (re.sub(r"^> ?", "", self.text, flags=re.MULTILINE),)
        return [sentence for text in texts for sentence in split_sentences(text)]


def split_sentences(text: str) -> list[str]:
    """The sentences of a paragraph; one that ends in a colon or is a question keeps the next."""
    sentences: list[str] = []
    for piece in _SENTENCE_END.split(" ".join(text.split())):
        if sentences and sentences[-1].rstrip("*").endswith(("?", ":")):
            sentences[-1] = f"{sentences[-1]} {piece}"
        elif piece:
            sentences.append(piece)
    return sentences


def cut(markdown: str) -> list[Block]:
    """The top-level blocks in order; headings and rules are left out."""
    lines, blocks = markdown.splitlines(), list[Block]()
    tokens = _parser.parse(markdown)
    for place, token in enumerate(tokens):
        if token.level == 0 and token.map and token.type in KINDS:
            block = Block(KINDS[token.type], _source(lines, token))
            if block.kind in {Kind.STEPS, Kind.POINTS}:
                block = replace(block, items=_items(lines, tokens[place + 1 :]))
            blocks.append(block)
    return blocks


def _source(lines: Sequence[str], token: Token) -> str:
    start, end = token.map or [0, 0]
    return "\n".join(lines[start:end]).strip()


def _items(lines: Sequence[str], tokens: Sequence[Token]) -> tuple[str, ...]:
    """The entries of the list whose inside `tokens` begins with, without their bullets."""
    items = []
    for token in tokens:
        if token.level == 0:
            break
        if token.type == "list_item_open" and token.level == 1:
            items.append(re.sub(r"^\s*(?:[-*+]|\d+[.)])\s+", "", _source(lines, token)))
    return tuple(items)


def _with_marker(item: str, marker: str) -> str:
    """The marker after the entry's own words, before anything nested in it."""
    nested = _NESTED.search(item)
    return item[: nested.start()] + marker + item[nested.start() :] if nested else item + marker
