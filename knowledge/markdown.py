"""Markdown that a person wrote as sanitised HTML: articles, tickets, replies.

Blocks are drawn by the rules below from constants and escaped text; what stands inside a line goes
through an allow-list as well. Raw HTML is text, images never load, and links lead to http, https,
mailto or our own pages only.
"""

import re
from collections.abc import MutableMapping, Sequence
from functools import cache
from html import escape
from typing import Any

import nh3
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

from knowledge import passages

DEEPEST_MARKUP = 20  # containers and emphasis nest to here; what nests deeper is dropped
LOWEST_HEADING = 6

_SURROGATE = re.compile(r"[\ud800-\udfff]")
_SAFE_ADDRESS = re.compile(r"(?:https?:|mailto:|[^:/?#]*(?:[/?#]|$))", re.IGNORECASE)


def render(text: str, *, heading_ids: bool = False, first_heading: int = 2) -> str:
    """Draw the text. Its `#` and `##` become headings of the level `first_heading`.

    With `heading_ids` each section's heading has the anchor that its passage carries.
    """
    return draw(parse(text, heading_ids=heading_ids, first_heading=first_heading))


def parse(text: str, *, heading_ids: bool = False, first_heading: int = 2) -> list[Token]:
    """The text's tokens, ready to be drawn in one go or in runs of whole blocks."""
    text = _SURROGATE.sub("\ufffd", text)
    anchors = {heading.line: heading.anchor for heading in _headings(text, heading_ids)}
    tokens = _parser.parse(text)
    for token in tokens:
        if token.type == "heading_open" and token.map and token.map[0] in anchors:
            token.attrSet("id", anchors[token.map[0]])
        if token.type in {"heading_open", "heading_close"}:
            token.tag = _heading_tag(int(token.tag[1]), first_heading)
    return tokens


def draw(tokens: Sequence[Token]) -> str:
    return str(_parser.renderer.render(tokens, _parser.options, {}))


def is_safe(address: str) -> bool:
    """Whether a link may lead there."""
    return _SAFE_ADDRESS.match(address) is not None


def _headings(text: str, wanted: bool) -> list[passages.Heading]:
    return passages.headings(text) if wanted else []


def _heading_tag(level: int, first: int) -> str:
    return f"h{min(LOWEST_HEADING, max(first, level + first - 2))}"


@cache
def _icon(name: str, size: str = "") -> str:
    return render_to_string("components/icon.html", {"name": name, "size": size}).strip()


class _Renderer(RendererHTML):
    """The design's blocks; a method is the rule for the token it is named after."""

    def renderInline(  # noqa: N802  the library's name
        self, tokens: Sequence[Token], options: OptionsDict, env: MutableMapping[str, Any]
    ) -> str:
        html = super().renderInline(tokens, options, env)
        return _CLEANER.clean(html) if "<" in html else html

    def link_open(self, tokens: Sequence[Token], index: int, *_rest: Any) -> str:
        return f'<a href="{escape(str(tokens[index].attrs["href"]))}" rel="noopener nofollow">'

    def image(
        self,
        tokens: Sequence[Token],
        index: int,
        options: OptionsDict,
        env: MutableMapping[str, Any],
    ) -> str:
        """The words that stand for the image."""
        return escape(self.renderInlineAsText(tokens[index].children, options, env), quote=False)

    def ordered_list_open(
        self,
        tokens: Sequence[Token],
        index: int,
        options: OptionsDict,
        env: MutableMapping[str, Any],
    ) -> str:
        tokens[index].attrSet("class", "steps")
        return self.renderToken(tokens, index, options, env)

    def blockquote_open(
        self, _tokens: Sequence[Token], _index: int, _options: Any, env: MutableMapping[str, Any]
    ) -> str:
        env["quotes"] = env.get("quotes", 0) + 1
        if env["quotes"] > 1:
            return "<blockquote>\n"
        return f'<blockquote class="note warn">{_icon("triangle-alert")}<div>\n'

    def blockquote_close(
        self, _tokens: Sequence[Token], _index: int, _options: Any, env: MutableMapping[str, Any]
    ) -> str:
        env["quotes"] -= 1
        return "</blockquote>\n" if env["quotes"] else "</div></blockquote>\n"

    def fence(self, tokens: Sequence[Token], index: int, *_rest: Any) -> str:
        """A code block; its info string is the language, then the label shown above it."""
        language, _space, label = tokens[index].info.strip().partition(" ")
        return _code(tokens[index].content, label.strip() or language)

    def code_block(self, tokens: Sequence[Token], index: int, *_rest: Any) -> str:
        return _code(tokens[index].content, "")

    def table_open(self, *_rest: Any) -> str:
        label = escape(_("Table"))
        return f'<div class="table" tabindex="0" role="region" aria-label="{label}"><table>\n'

    def table_close(self, *_rest: Any) -> str:
        return "</table></div>\n"

    def th_open(self, *_rest: Any) -> str:
        return '<th scope="col">'

    def td_open(self, *_rest: Any) -> str:
        return "<td>"


def _code(content: str, label: str) -> str:
    label = escape(label or _("Code"), quote=False)
    copy, copied = escape(_("Copy")), escape(_("Copied"))
    button = (
        f'<button class="btn ghost" type="button" data-copy data-copied="{copied}">'
        f"{_icon('copy', 's')}<span>{copy}</span></button>"
    )
    code = escape(content, quote=False)
    return (
        f'<div class="code"><div>{label}{button}</div>'
        f'<pre tabindex="0"><code>{code}</code></pre></div>\n'
    )


def _new_parser() -> MarkdownIt:
    parser = MarkdownIt(
        "commonmark", {"html": False, "maxNesting": DEEPEST_MARKUP}, renderer_cls=_Renderer
    )
    parser.enable(["table", "strikethrough"])
    parser.validateLink = is_safe  # type: ignore[assignment, method-assign]
    return parser


_CLEANER = nh3.Cleaner(
    tags={"a", "br", "code", "em", "s", "strong"},
    attributes={"a": {"href", "rel"}},
    url_schemes={"http", "https", "mailto"},
    link_rel=None,
)
_parser = _new_parser()
