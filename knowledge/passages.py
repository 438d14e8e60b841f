"""Articles cut into passages at their headings; the rows that search finds.

An anchor is the id that the article page gives the heading. Both take it from `headings`, over
the text with the campus values filled in, so that a citation lands where it points.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from django.utils.text import slugify
from markdown_it import MarkdownIt

from accounts import campus
from knowledge import systems
from knowledge.models import Article, Passage

LEVELS = {"h2": 2, "h3": 3}

_parser = MarkdownIt("commonmark", {"html": False})


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of an article; `line` is where it starts and `after` where its text starts."""

    level: int
    text: str
    anchor: str
    line: int
    after: int


@dataclass(frozen=True, slots=True)
class Piece:
    """A passage before it is a row; `text` still holds the campus placeholders."""

    heading: str
    system: str
    anchor: str
    text: str


def headings(markdown: str) -> list[Heading]:
    """The h2 and h3 headings in order, each with an anchor that is unique in the text."""
    tokens = _parser.parse(markdown)
    found: list[Heading] = []
    taken: set[str] = set()
    for opening, content in pairwise(tokens):
        if opening.type == "heading_open" and opening.tag in LEVELS and opening.map:
            text = campus.fill_in(_plain(content.content))
            anchor = _unique(slugify(text) or "section", taken)
            found.append(Heading(LEVELS[opening.tag], text, anchor, *opening.map))
    return found


def cut(markdown: str) -> list[Piece]:
    """An article's body in pieces: what stands before the first heading, then each section.

    A third-level heading makes a piece of its own, named together with the section it is in;
    a heading with nothing below it makes none.
    """
    lines = markdown.splitlines()
    found = headings(markdown)
    starts = [heading.line for heading in found]
    ends = [*starts[1:], len(lines)]
    lead = "\n".join(lines[: starts[0] if starts else len(lines)]).strip()
    pieces = [Piece("", "", "", lead)] if lead else []
    section = ""
    for heading, end in zip(found, ends, strict=True):
        section = heading.text if heading.level == 2 else section
        if text := "\n".join(lines[heading.after : end]).strip():
            pieces.append(_piece(heading, section, text))
    return pieces


def are_current(article: Article) -> bool:
    """Whether the passage rows are what the body gives with today's campus values."""
    return [_piece_of(row) for row in article.passages.all()] == cut(article.body)


def rebuild(article: Article) -> bool:
    """Make the article's passage rows match its body and say whether any row changed.

    Rows that stay as they are keep their ids, so citations of them survive an edit elsewhere.
    """
    rows = {row.position: row for row in article.passages.all()}
    changed, new = [], []
    for position, piece in enumerate(cut(article.body)):
        row = rows.pop(position, None)
        if row is None:
            new.append(_row(article, position, piece))
        elif _piece_of(row) != piece:
            row.heading, row.system = piece.heading, piece.system
            row.anchor, row.text = piece.anchor, piece.text
            changed.append(row)
    Passage.objects.bulk_create(new)
    if changed:
        Passage.objects.bulk_update(changed, ["heading", "system", "anchor", "text"])
    if rows:
        Passage.objects.filter(pk__in=[row.pk for row in rows.values()]).delete()
    return bool(new or changed or rows)


def _plain(inline: str) -> str:
    """A heading's words without emphasis, code marks or link targets."""
    tokens = _parser.parseInline(inline)
    return "".join(_texts(tokens[0].children or [])) if tokens else inline


def _texts(tokens: list) -> Iterator[str]:  # type: ignore[type-arg]
    for token in tokens:
        if token.type in {"text", "code_inline"}:
            yield token.content
        elif token.type in {"softbreak", "hardbreak"}:
            yield " "


def _unique(anchor: str, taken: set[str]) -> str:
    number, candidate = 1, anchor[:110]
    while candidate in taken:
        number += 1
        candidate = f"{anchor[:110]}-{number}"
    taken.add(candidate)
    return candidate


def _piece(heading: Heading, section: str, text: str) -> Piece:
    system = systems.of_heading(heading.text)
    if heading.level == 2 or not section:
        name = heading.text
    else:
        name = f"{section} ({heading.text})" if system else f"{section}: {heading.text}"
    return Piece(name[:200], system, heading.anchor, text)


def _row(article: Article, position: int, piece: Piece) -> Passage:
    return Passage(
        article=article,
        position=position,
        heading=piece.heading,
        system=piece.system,
        anchor=piece.anchor,
        text=piece.text,
    )


def _piece_of(row: Passage) -> Piece:
    return Piece(row.heading, row.system, row.anchor, row.text)
