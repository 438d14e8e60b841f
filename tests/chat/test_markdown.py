"""Markdown becomes HTML that loads nothing, runs nothing and costs little."""

import re
import time
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from chat.completion import Source
from chat.markdown import render

SOURCES = (Source(1, 'Connect to "eduroam" <b>', "/a/1"), Source(3, "Reset a password", "/a/3"))


def test_steps_are_a_numbered_list_that_starts_where_the_text_starts() -> None:
    assert render("3. Open\n4. Join") == (
        '<ol class="steps" start="3"><li>Open</li><li>Join</li></ol>'
    )


def test_blank_lines_between_steps_change_nothing() -> None:
    assert render("1. Open\n\n2. Join") == render("1. Open\n2. Join")


def test_code_has_its_label_and_a_copy_button() -> None:
    assert render("```console Command Prompt\nnetsh <wlan>\n```") == (
        '<div class="code"><div>Command Prompt'
        '<button class="btn ghost" type="button" data-copy data-copied="Copied">'
        "<span>Copy</span></button></div>"
        '<pre tabindex="0"><code>netsh &lt;wlan&gt;</code></pre></div>'
    )


def test_code_without_info_is_labelled_code() -> None:
    assert "<div>Code<button" in render("```\nls\n```")


def test_tabs_inside_code_stay() -> None:
    assert "<code>all:\n\tcc</code>" in render("1. Make\n\n   ```\n   all:\n   \tcc\n   ```")


def test_heading_levels_stay_between_two_and_four() -> None:
    assert render("# a\n## b\n### c\n#### d\n###### e") == (
        "<h2>a</h2><h2>b</h2><h3>c</h3><h4>d</h4><h4>e</h4>"
    )


def test_headings_get_distinct_ids_when_asked() -> None:
    html = render("## On *a* Mac\n\n## On a Mac", slug=lambda s: s.lower().replace(" ", "-"))

    assert html == '<h2 id="on-a-mac">On <em>a</em> Mac</h2><h2 id="on-a-mac-2">On a Mac</h2>'


def test_table_can_be_scrolled_and_keeps_to_its_columns() -> None:
    assert render("| a | b |\n|---|---|\n| `1\\|2` | 3 | 4 |\n| 5 |") == (
        '<div class="table" tabindex="0" role="region" aria-label="Table"><table><thead><tr>'
        '<th scope="col">a</th><th scope="col">b</th></tr></thead><tbody><tr>'
        "<td><code>1|2</code></td><td>3</td></tr><tr><td>5</td></tr></tbody></table></div>"
    )


def test_quote_is_a_note() -> None:
    assert render("> Mind *this*") == (
        '<blockquote class="note"><p>Mind <em>this</em></p></blockquote>'
    )


@pytest.mark.parametrize("address", ["https://campus.edu/a?b=1&c", "mailto:a@b.c", "/help", "#s1"])
def test_safe_link_is_kept_without_a_referrer_or_a_rank(address: str) -> None:
    shown = address.replace("&", "&amp;")

    assert render(f"[x]({address})") == (f'<p><a href="{shown}" rel="noopener nofollow">x</a></p>')


@pytest.mark.parametrize(
    "text",
    [
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](java\tscript:alert(1))",
        "[x](<java script:alert(1)>)",
        "[x](&#106;avascript:alert(1))",
        "[x](data:text/html,hi)",
        "[x](vbscript:x)",
        "[x](\x01javascript:alert(1))",
        "<javascript:alert(1)>",
        "[x]\n\n[x]: javascript:alert(1)",
        "![x](javascript:alert(1))",
        "[x](file:///etc/passwd)",
    ],
)
def test_other_addresses_are_no_links(text: str) -> None:
    assert "<a" not in render(text)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("![our *map*](https://evil.example/p.png)", "<p>our map</p>"),
        ("![](https://evil.example/p.png)", "<p></p>"),
        ("[![map](http://e/p.png)](/map)", '<p><a href="/map" rel="noopener nofollow">map</a></p>'),
        ("![map][m]\n\n[m]: http://e/p.png", "<p>map</p>"),
    ],
)
def test_image_becomes_its_words(text: str, html: str) -> None:
    assert render(text) == html


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "a <b onclick=x>b</b>",
        "```<script>\n</code><script>x\n```",
        "# <iframe src=x>",
        "| <svg onload=x> | b |\n|--|--|\n| <i> | b |",
        "`<u>` **<u>**",
        "[<u>](/x)",
        "![<u>](/x)",
    ],
)
def test_html_is_shown_not_obeyed(text: str) -> None:
    tags = set(re.findall(r"<(\w+)", render(text)))

    assert tags.isdisjoint({"script", "img", "b", "iframe", "svg", "i", "u"})
    assert "&lt;" in render(text)


CITE_1 = (
    '<a class="cite" href="#m1-s1" '
    'aria-label="Source 1: Connect to &quot;eduroam&quot; &lt;b&gt;">1</a>'
)
CITE_3 = '<a class="cite" href="#m1-s3" aria-label="Source 3: Reset a password">3</a>'


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Join [1].", f"<p>Join {CITE_1}.</p>"),
        ("Join [1, 3].", f"<p>Join {CITE_1}{CITE_3}.</p>"),
        ("Join [1][3].", f"<p>Join {CITE_1}{CITE_3}.</p>"),
        ("Join [2].", "<p>Join.</p>"),
        ("Join [2, 3].", f"<p>Join {CITE_3}.</p>"),
        ("**Join [1]**", f"<p><strong>Join {CITE_1}</strong></p>"),
        ("`a[1]`", "<p><code>a[1]</code></p>"),
        ("[1](/x)", '<p><a href="/x" rel="noopener nofollow">1</a></p>'),
        ("[see [1]](/x)", f"<p>[see {CITE_1}](/x)</p>"),
        ("\\[1\\]", "<p>[1]</p>"),
        ("[1", "<p>[1</p>"),
    ],
)
def test_citation_leads_to_its_source_and_unknown_ones_go(text: str, html: str) -> None:
    assert render(text, sources=SOURCES, anchor="m1") == html


def test_citation_in_a_code_block_is_code() -> None:
    assert "<code>a[1]</code>" in render("```\na[1]\n```", sources=SOURCES)


def test_citation_without_an_anchor_leads_to_the_source_alone() -> None:
    assert 'href="#s1"' in render("[1]", sources=SOURCES)


def test_link_may_be_defined_after_its_use() -> None:
    assert render("[Home]\n\n[home]: /start 'The start'") == (
        '<p><a href="/start" rel="noopener nofollow">Home</a></p>'
    )


BOMBS = {
    "quotes": ">" * 100_000,
    "lists on a line": "* a " + "- " * 50_000,
    "lists down": "".join("  " * depth + "- a\n" for depth in range(440)),
    "quotes down": "".join(">" * depth + " a\n" for depth in range(440)),
    "items": "- item\n" * 14_000,
    "fences": "```\n" * 25_000,
    "endless fence": "```\n" + "line\n" * 20_000,
    "brackets": "[" * 100_000,
    "links": "[a](" * 25_000,
    "images": "![" * 50_000,
    "stars": "*" * 99_999 + "a",
    "open stars": "*a " * 33_000,
    "strong": "**a" * 33_000,
    "backticks": "`" * 99_999 + "a",
    "unclosed code": "".join("`" * count + " " for count in range(440)),
    "angles": "<" * 100_000,
    "entities": "&amp" * 25_000,
    "pipes": "|" * 100_000,
    "wide table": "|a" * 60 + "|\n" + "|-" * 60 + "|\n" + "|\n" * 40_000,
    "citations": "[1]" * 33_000,
    "definitions": "[a]: /b\n" * 12_000,
    "spaces": " " * 99_999 + "a",
    "blank lines": "\n" * 100_000,
    "one word": "a" * 100_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_bomb_of_100_kilobytes_is_drawn_soon(name: str) -> None:
    began = time.process_time()
    html = render(BOMBS[name], sources=SOURCES)

    assert time.process_time() - began < 10
    assert len(html) < 40 * len(BOMBS[name])


class Shape(HTMLParser):
    """The outline of some html: tags and words, without what we draw differently on purpose."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.path = ["root"]
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("br", "hr"):
            self.path.append(tag)
        if tag != "p":
            self.found.append(f"<{tag} {dict(attrs).get('start') or ''}>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        self.path.pop()
        if tag == "p" and "li" in self.path:
            return
        if tag == "td" and self.found[-1] == "<td >":
            self.found.pop()
            return
        self.found.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if words := data.split():
            self.found.append(" ".join(words))


def ours(text: str) -> list[str]:
    html = re.sub(r'<div class="code">.*?<pre tabindex="0">', "<pre>", render(text))
    html = html.replace("</pre></div>", "</pre>").replace("<tbody></tbody>", "")
    return Shape(re.sub(r'<div class="table"[^>]*>|</table></div>', _table, html)).found


def _table(match: re.Match[str]) -> str:
    return "</table>" if match.group().startswith("</") else ""


def theirs(text: str) -> list[str]:
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parser.disable(["lheading", "code"])
    return Shape(parser.render(text).replace("<h1>", "<h2>").replace("</h1>", "</h2>")).found


LINES = (
    *("word", "two words", "**bold** and `code`", "", "", "- item", "* star", "1. one", "2. two"),
    *("  - deeper", "  more", "   - third", "     deepest", "> quote", "> - a", "> 1. b", ">"),
    *("- > q", "- - twice", "1. - mixed", "# head", "## head ##", "```", "```", "~~~ x", "   ```"),
    *("---", "***", "| a | b |", "|---|---|", "| c | d |", "a | b", "7) seven", "-", "  word"),
)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(LINES), max_size=12))
def test_blocks_are_those_of_commonmark(lines: list[str]) -> None:
    text = "\n".join(lines)

    assert ours(text) == theirs(text)
