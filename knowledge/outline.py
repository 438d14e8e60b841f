"""An article as its page shows it: sections, one tab per device, a list of contents.

A run of third-level headings that name a system each is shown as tabs. Tabs are links; the parts
of other devices stay in the page, where a link to their heading or a search in the page opens
them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from math import ceil

from django.utils.safestring import SafeString, mark_safe
from markdown_it.token import Token

from accounts import campus
from knowledge import markdown, systems

WORDS_PER_MINUTE = 200
FEWEST_TABS = 2

# What a browser calls the system it runs on; the first that fits, because an iPhone also says
# "like Mac OS X" and Android also says "Linux".
_USER_AGENTS = (
    ("iPhone", systems.IOS),
    ("iPad", systems.IOS),
    ("Android", systems.ANDROID),
    ("CrOS", systems.CHROMEOS),
    ("Windows", systems.WINDOWS),
    ("Macintosh", systems.MACOS),
    ("Linux", systems.LINUX),
)


@dataclass(frozen=True, slots=True)
class Device:
    """The part of a section for one system."""

    system: str
    label: str
    html: SafeString
    is_shown: bool


@dataclass(frozen=True, slots=True)
class Block:
    """A run of the article: plain HTML, or the devices of the section with that anchor."""

    html: str = ""
    devices: tuple[Device, ...] = ()
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the list of contents."""

    text: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Outline:
    blocks: tuple[Block, ...]
    contents: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A heading with what stands below it; level 0 is what stands before the first heading."""

    level: int
    heading: str
    anchor: str
    tokens: tuple[Token, ...]

    @property
    def system(self) -> str:
        return systems.of_heading(self.heading) if self.level == 3 else ""


def read(body: str, *, system: str = "") -> Outline:
    """An article's Markdown as its page shows it; `system` is the device whose tab is open.

    Where a section does not tell that system apart, its first tab is open.
    """
    pieces = list(_pieces(markdown.parse(campus.fill_in(body), heading_ids=True)))
    contents = tuple(Entry(p.heading, p.anchor) for p in pieces if p.level == 2 and p.anchor)
    return Outline(tuple(_blocks(pieces, system)), contents)


def minutes(body: str) -> int:
    """How long reading takes, at least one minute."""
    return max(1, ceil(len(body.split()) / WORDS_PER_MINUTE))


def system_of(user_agent: str) -> str:
    """The system a browser says it runs on; "" when it does not say."""
    return next((system for mark, system in _USER_AGENTS if mark in user_agent), "")


def _pieces(tokens: Sequence[Token]) -> Iterator[_Piece]:
    starts = [i for i, token in enumerate(tokens) if _is_section(token)]
    lead = tuple(tokens[: starts[0] if starts else len(tokens)])
    if lead:
        yield _Piece(0, "", "", lead)
    for start, end in pairwise([*starts, len(tokens)]):
        opening, inline = tokens[start], tokens[start + 1]
        anchor = str(opening.attrGet("id") or "")
        run = tuple(tokens[start:end])
        yield _Piece(int(opening.tag[1]), _words(inline), anchor, run)


def _is_section(token: Token) -> bool:
    return token.type == "heading_open" and token.level == 0 and token.tag in {"h2", "h3"}


def _words(inline: Token) -> str:
    """A heading without its marks."""
    kept = ("text", "code_inline")
    return "".join(child.content for child in inline.children or () if child.type in kept)


def _blocks(pieces: Sequence[_Piece], system: str) -> Iterator[Block]:
    anchor = ""
    for named, group in groupby(pieces, key=lambda piece: bool(piece.system)):
        run = list(group)
        if named and _can_be_tabs(run):
            yield Block(devices=_devices(run, system), anchor=anchor)
        else:
            yield Block(html=_html([token for piece in run for token in piece.tokens]))
        anchor = next((piece.anchor for piece in reversed(run) if piece.level == 2), anchor)


def _can_be_tabs(run: Sequence[_Piece]) -> bool:
    return len(run) >= FEWEST_TABS and len({piece.system for piece in run}) == len(run)


def _devices(run: Sequence[_Piece], system: str) -> tuple[Device, ...]:
    shown = system if system in {piece.system for piece in run} else run[0].system
    return tuple(
        Device(piece.system, piece.heading, _html(piece.tokens), piece.system == shown)
        for piece in run
    )


def _html(tokens: Sequence[Token]) -> SafeString:
    """Drawn and sanitised by `markdown`, so it needs no further escaping."""
    return mark_safe(markdown.draw(tokens))
