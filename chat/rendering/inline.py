"""Inline text to sanitised HTML: emphasis, code, links and citations, nothing that loads."""

import re
from collections.abc import Sequence
from html import escape
from typing import Any, Protocol

import nh3
from markdown_it import MarkdownIt
from markdown_it.common.utils import normalizeReference
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

DEEPEST_MARKUP = 20

_SPECIAL = re.compile(r"[\\`*_~\[\]!<&\n]")
_CITATION = re.compile(r"\[(\d{1,3}(?:\s*,\s*\d{1,3})*)\](?!\()")
_SAFE_ADDRESS = re.compile(r"(?:https?:|mailto:|[^:/?#]*(?:[/?#]|$))", re.I)
_DEFINITION = re.compile(
    r"\[((?:[^\[\]\\]|\\.){1,200})\]:[ \t]*(<[^<>]*>|[^\s<]\S*)"
    r"""(?:[ \t]+(?:"[^"]*"|'[^']*'|\([^()]*\)))?[ \t]*"""
)
_TAGS = {"a", "br", "code", "em", "s", "strong"}
_ATTRIBUTES = {"a": {"href", "rel", "class", "aria-label"}}


class Cited(Protocol):
    """A source that an answer may cite by its number."""

    @property
    def number(self) -> int: ...
    @property
    def title(self) -> str: ...


class Inline:
    """Draws inline text; citations point at the sources' ids, `{anchor}-s{number}`."""

    def __init__(self, sources: Sequence[Cited] = (), anchor: str = "") -> None:
        self.references: dict[str, dict[str, str]] = {}
        prefix = f"{anchor}-s" if anchor else "s"
        self._env = {
            "references": self.references,
            "citations": {source.number: _citation(source, prefix) for source in sources},
        }

    def html(self, text: str) -> str:
        """Draw the text, which is at most a few thousand characters long."""
        if not _SPECIAL.search(text):
            return escape(text, quote=False)
        tokens = _PARSER.parseInline(text, self._env)
        return _CLEANER.clean(_PARSER.renderer.render(tokens, _PARSER.options, self._env))

    def define(self, line: str) -> bool:
        """Take a line that defines a link's address; False when it is no such line."""
        match = _DEFINITION.fullmatch(line)
        if not match or not match.group(1).strip():
            return False
        address = _PARSER.normalizeLink(match.group(2).removeprefix("<").removesuffix(">"))
        if not is_safe(address):
            return False
        label = normalizeReference(match.group(1))
        self.references.setdefault(label, {"href": address, "title": ""})
        return True


def is_safe(address: str) -> bool:
    """Say whether a link may lead there: http, https, mailto, or relative to our own page."""
    return _SAFE_ADDRESS.match(address) is not None


def _citation(source: Cited, prefix: str) -> str:
    number = source.number
    label = escape(f"Source {number}: {source.title}")
    return f'<a class="cite" href="#{prefix}{number}" aria-label="{label}">{number}</a>'


def _cite(state: StateInline, silent: bool) -> bool:
    """Turn `[1]` and `[1, 3]` into citations; unknown numbers go, and a space before them."""
    match = _CITATION.match(state.src, state.pos, state.posMax)
    if not match or normalizeReference(match.group(1)) in state.env["references"]:
        return False
    if not silent:
        citations = state.env["citations"]
        numbers = [int(number) for number in match.group(1).split(",")]
        known = [citations[n] for n in numbers if n in citations]
        if known:
            state.push("citation", "", 0).content = "".join(known)
        else:
            state.pending = state.pending.rstrip(" ")
    state.pos = match.end()
    return True


def _draw_citation(_self: RendererHTML, tokens: Sequence[Token], index: int, *_: Any) -> str:
    return tokens[index].content


def _draw_link(_self: RendererHTML, tokens: Sequence[Token], index: int, *_: Any) -> str:
    href = escape(str(tokens[index].attrs["href"]))
    return f'<a href="{href}" rel="noopener nofollow">'


def _draw_image(
    self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any
) -> str:
    """Draw the words that stand for the image: nothing is loaded from elsewhere."""
    return escape(self.renderInlineAsText(tokens[index].children, options, env), quote=False)


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": DEEPEST_MARKUP})
    parser.enable("strikethrough")
    parser.validateLink = is_safe  # type: ignore[assignment]
    parser.inline.ruler.before("link", "citation", _cite)
    parser.add_render_rule("citation", _draw_citation)
    parser.add_render_rule("link_open", _draw_link)
    parser.add_render_rule("image", _draw_image)
    return parser


_PARSER = _parser()
_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    attributes=_ATTRIBUTES,
    url_schemes={"http", "https", "mailto"},
    link_rel=None,
)
