"""A page that follows the patches of a growing answer shows what the finished answer shows."""

import random
import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat import markdown
from chat.blocks import Append, Blocks, Patch
from chat.completion import Source

SOURCES = (Source(1, "Connect to eduroam", "/a/1"), Source(3, "Reset a password", "/a/3"))
CHUNKS = (1, 3, 7, 16, 64)
VOID = {"br", "hr"}

DOCUMENTS = {
    "mixed": (
        "# Wi-Fi\n\nForget **eduroam**, then _join_ again [1]. Known `code` [3, 9]\nlazy line\n\n"
        "1. Open *Settings*\n   - tap it\n\n   more of it\n\n   ```Command Prompt\n   netsh <x>\n"
        "   \n   \tend\n   ```\n2. Done\n\n> quoted\nstill quoted\n>\n> - a\n> - b\n\n"
        "| a | b |\n|--|--|\n| 1 | **2** |\nshort\n\n---\nText\n***\nend"
    ),
    "numbers that are no items": "Call\n2. not an item\n\n2. an item\n3. next\n10) other list\n1",
    "nested lists": "- a\n  - b\n    - c\n      1. d\n  - e\n- f\n\n\n- g\n* h\n+ i\n  j\nk",
    "empty items": "-\n-\n\n  text\n- \n1.\n2. x\n*\n",
    "open fence": "````py title\ncode\n```\nstill\n\n",
    "fence in quote and list": "> ```\n> a\n> b\nout\n\n- ```\n  x\n\n  y\no\n~~~\n``` z\n ~~~\nq",
    "long line after a fence": "- ```\n  x\n" + "out of it " * 300,
    "table after text": "words\na | b\n--|--\n1|2|3\n| `x\\|y` |\n> quote\n\nx | y\n---\nno",
    "no table": "| a | b |\n|---|\n\n| a |\n| b |\n\n|||\n",
    "settled nothing": "- ![](x)\n\n  more\n\n```\n\n\nx\n```\n",
    "open markup": "**bold and `code and [link](http://x.y/ and ![image",
    "dangling": "a *\nb **\nc `\nd [\ne ![\nf [1\ng \\",
    "links": "[t](http://a.b) [u][r] [r] <http://c.d> [1](x) [n][1] ![alt *x*](http://i.j)",
    "late definition": "see [home] and [1]\n\n[home]: https://campus.edu/ 'Home'\n\n[home]",
    "early definition": "[home]: /here\n[x]: javascript:alert(1)\nsee [home] [x]\n",
    "late definition without use": "no use of it\n\n[home]: /here\n",
    "carriage returns": "a\r\n- b\r\n\r\n```\r\nc\r\n```\r\n",
    "characters": "a\x00b\ud800c\x1b[0m é 漢字 😀 &amp; &lt;script&gt; <script>x</script>",
    "headings": "#\n## a ##\n####### b\n### c #\nd\n#e\n",
    "rules": "***\n* * *\n- - -\n_ _ _\ntext\n---\n- ***\n",
    "one long line": "Words go on. " * 400,
    "one long line in a list": "1. **Step** " + "words go on and on " * 200 + "\n2. next",
    "one long heading": "## " + "head `code` " * 300 + "##\n\ntext",
    "one long line of rules": "- " * 500 + "\n" + "*" * 700 + " text " * 100 + "\n",
    "one long row": "a | b\n-|-\n" + "cell **x** " * 300 + "| y\n",
    "one long line with pipes": "a | b " * 500 + "\n-|-\n",
    "one long link": "[text](https://x.y/" + "z" * 3000 + ") end",
    "one long definition": "[home]: /" + "z" * 900 + "\n\n[home]",
    "long markup": "**" + "bold words " * 300 + "** end\n\n`" + "code words " * 300,
}


class Node:
    def __init__(self, tag: str, attributes: dict[str, str | None]) -> None:
        self.tag = tag
        self.attributes = attributes
        self.children: list[Node | str] = []

    def nodes(self) -> Iterator["Node"]:
        yield self
        for child in self.children:
            if isinstance(child, Node):
                yield from child.nodes()

    def inner(self) -> str:
        """Draw the children without the ids that only patches need."""
        return "".join(c if isinstance(c, str) else c.outer() for c in self.children)

    def outer(self) -> str:
        shown = {
            name: value
            for name, value in self.attributes.items()
            if not (name == "id" and re.fullmatch(r"m1-b\d+", value or ""))
        }
        return f"<{self.tag} {shown}>{self.inner()}</{self.tag}>"


class Reader(HTMLParser):
    """Reads html strictly: each element is closed where it was opened."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.path = [Node("root", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, dict(attrs))
        self.path[-1].children.append(node)
        if tag not in VOID:
            self.path.append(node)

    def handle_endtag(self, tag: str) -> None:
        assert self.path.pop().tag == tag

    def handle_data(self, data: str) -> None:
        children = self.path[-1].children
        if children and isinstance(children[-1], str):
            data = f"{children.pop()}{data}"
        children.append(data)


def read(html: str) -> Node:
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert len(reader.path) == 1
    return reader.path[0]


class Page:
    """A page that joined an answer, with the snapshot it was given."""

    def __init__(self, snapshot: str, count: int) -> None:
        self.root = read(snapshot)
        self.ids = self._ids(self.root)
        self.count = count

    @staticmethod
    def _ids(node: Node) -> dict[str, Node]:
        return {str(n.attributes["id"]): n for n in node.nodes() if "id" in n.attributes}

    def apply(self, patch: Patch | None) -> None:
        if patch is None:
            return
        assert patch.blocks_before == self.count
        self.count = patch.blocks_after
        if patch.replaces is not None:
            self.ids["m1-settled"].children = read(patch.replaces).children
        for append in patch.appends:
            self._append(append)
        self.ids["m1-tail"].children = read(patch.tail).children

    def _append(self, append: Append) -> None:
        added = read(append.html)
        children = self.ids[append.target].children
        for child in added.children:
            if isinstance(child, str) and children and isinstance(children[-1], str):
                child = f"{children.pop()}{child}"
            children.append(child)
        self.ids |= self._ids(added)

    @property
    def shown(self) -> str:
        return self.root.inner()

    @property
    def settled(self) -> str:
        return self.ids["m1-settled"].inner()


def chunks(text: str, size: int) -> list[str]:
    return [text[start : start + size] for start in range(0, len(text), size)]


def follow(text: str, size: int) -> None:
    """Follow an answer from its start, from its middle and with a slow socket; compare them."""
    blocks = Blocks("m1", SOURCES)
    page = Page(blocks.snapshot(), 0)
    slow, waiting = Page(blocks.snapshot(), 0), None
    joined: Page | None = None
    deltas = chunks(text, size)
    for number, delta in enumerate(deltas):
        blocks.write(delta)
        patch = blocks.flush()
        page.apply(patch)
        if joined:
            joined.apply(patch)
        if patch:
            waiting = waiting.merge(patch) if waiting else patch
        if number % 5 == 4:
            slow.apply(waiting)
            waiting = None
        if number % max(1, len(deltas) // 20) == 0:
            joined = Page(blocks.snapshot(), blocks.settled_count)
            assert joined.shown == page.shown
    last = blocks.finish()
    slow.apply(waiting.merge(last) if waiting else last)
    page.apply(last)

    expected = read(markdown.render(text, sources=SOURCES, anchor="m1")).inner()
    assert page.settled == expected
    assert slow.shown == page.shown
    assert Page(blocks.snapshot(), 0).shown == page.shown
    if joined:
        joined.apply(last)
        assert joined.shown == page.shown


@pytest.mark.parametrize("size", CHUNKS)
@pytest.mark.parametrize("name", DOCUMENTS)
def test_followed_page_shows_the_finished_answer(name: str, size: int) -> None:
    follow(DOCUMENTS[name], size)


PIECES = (
    *(
        "word ",
        "Sentence ends. ",
        "**",
        "*",
        "_",
        "~~",
        "`",
        "``",
        "\n",
        "\n\n",
        "\n\n\n",
        " ",
        "  ",
    ),
    *("- ", "* ", "1. ", "2. ", "7) ", "> ", ">", "# ", "### ", "```", "~~~", "    ", "\t", "---"),
    *(
        "| a | b |\n|---|---|\n| c | d |",
        "|",
        "\n|--|",
        "[1]",
        "[1",
        ", 3]",
        "[9]",
        "[t](http://x.y)",
    ),
    *(
        "[",
        "](",
        ")",
        "![",
        "\\",
        "[r]: /r\n",
        "[r]",
        "&amp;",
        "<b>",
        "snake_case",
        "2",
        ".",
        "=== ",
    ),
    *(
        "\n- item\n",
        "\n1. step\n   ```sh\n   ls\n   ```\n",
        "\n> quote\n",
        "long words go on " * 20,
    ),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=60), st.sampled_from(CHUNKS))
def test_followed_page_shows_any_finished_answer(pieces: list[str], size: int) -> None:
    follow("".join(pieces), size)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400), st.sampled_from(CHUNKS))
def test_any_characters_can_be_followed(text: str, size: int) -> None:
    follow(text, size)


def lines_of(shape: str) -> str:
    words = "Open **Settings**, then [Wi-Fi](https://campus.edu/w) and forget `eduroam` [1]. "
    rows = {
        "numbered list": f"1. {words}\n",
        "loose list": f"1. {words}\n\n",
        "nested list": f"   - {words}\n",
        "fence": "netsh wlan delete profile name=eduroam\n",
        "table": f"| {words} | b |\n",
        "paragraph": words,
        "quote": f"> {words}\n",
    }
    heads = {"nested list": "1. Outer\n", "fence": "```\n", "table": "| a | b |\n|--|--|\n"}
    return heads.get(shape, "") + rows[shape] * (20_000 // len(rows[shape]))


SHAPES = ("numbered list", "loose list", "nested list", "fence", "table", "paragraph", "quote")


@pytest.mark.parametrize("shape", SHAPES)
def test_bytes_sent_grow_with_the_answer_not_with_its_square(shape: str) -> None:
    text = lines_of(shape)
    sent = [
        len(p.tail) + sum(len(a.html) + len(a.target) for a in p.appends) for p in patches(text)
    ]

    half = len(sent) // 2
    assert sum(sent[half:]) <= 1.3 * sum(sent[:half])
    assert sum(sent) <= 80 * len(text)
    assert max(sent) <= 8_000


def patches(text: str) -> list[Patch]:
    blocks = Blocks("m1", SOURCES)
    found = []
    for delta in chunks(text, 16):
        blocks.write(delta)
        found.append(blocks.flush())
    return [patch for patch in found if patch]


def tail_of(text: str) -> str:
    blocks = Blocks("m1", SOURCES)
    blocks.write(text)
    patch = blocks.flush()
    assert patch
    return patch.tail.replace('<span class="caret"></span>', "|")


@pytest.mark.parametrize(
    ("text", "tail"),
    [
        ("a **bo", "<p>a <strong>bo</strong>|</p>"),
        ("a **bold*", "<p>a <strong>bold</strong>|</p>"),
        ("a **", "<p>a|</p>"),
        ("a `co", "<p>a <code>co</code>|</p>"),
        ("a ~~b", "<p>a <s>b</s>|</p>"),
        ("a [lin", "<p>a lin|</p>"),
        ("a [link](http://x", "<p>a link|</p>"),
        ("a **[link](http://x", "<p>a <strong>link</strong>|</p>"),
        ("a ![pic](http://x", "<p>a pic|</p>"),
        ("a [1", "<p>a|</p>"),
        ("a [1, ", "<p>a|</p>"),
        ("a \\", "<p>a|</p>"),
        ("a\n2", "<p>a|</p>"),
        ("a <b", "<p>a &lt;b|</p>"),
    ],
)
def test_tail_shows_no_half_of_anything(text: str, tail: str) -> None:
    assert tail_of(text) == tail


def test_finished_item_is_settled_and_the_tail_goes_on_in_the_same_list() -> None:
    blocks = Blocks("m1")
    blocks.write("4. Open\n5. Jo\n6. ")

    patch = blocks.flush()

    assert patch
    assert patch.appends == (
        Append("m1-settled", '<ol class="steps" start="4" id="m1-b1"><li>Open</li></ol>'),
    )
    assert patch.tail == (
        '<ol class="steps more" start="5"><li>Jo<span class="caret"></span></li></ol>'
    )


def test_open_code_is_added_as_it_arrives_and_never_drawn_again() -> None:
    blocks = Blocks("m1")
    blocks.write("```\nnetsh <w")
    blocks.flush()
    blocks.write("lan> **x\n``")

    patch = blocks.flush()

    assert patch
    assert patch.appends == (Append("m1-b1", "lan&gt; **x"),)


def test_flush_without_news_is_no_patch() -> None:
    blocks = Blocks("m1")
    blocks.write("Hello\n\n")
    blocks.flush()
    blocks.write("\n")

    assert blocks.flush() is None


def test_snapshot_keeps_to_the_last_flush() -> None:
    blocks = Blocks("m1")
    blocks.write("Hello")
    blocks.flush()
    before = blocks.snapshot()

    blocks.write(" Ada\n\nNext")

    assert blocks.snapshot() == before


def test_link_defined_after_its_use_replaces_the_settled_blocks_once() -> None:
    blocks = Blocks("m1")
    blocks.write("See [home].\n\n[home]: https://campus.edu/\n")
    blocks.flush()

    patch = blocks.finish()

    assert patch.appends == ()
    assert patch.replaces == (
        '<p>See <a href="https://campus.edu/" rel="noopener nofollow">home</a>.</p>'
    )


def test_link_defined_before_its_use_replaces_nothing() -> None:
    blocks = Blocks("m1")
    blocks.write("[home]: https://campus.edu/\n\nSee [home].")
    blocks.flush()

    assert blocks.finish().replaces is None


def test_random_chunks_make_the_same_page() -> None:
    chance = random.Random(7)
    text = "\n\n".join(DOCUMENTS[name] for name in DOCUMENTS if "one long" not in name)
    blocks = Blocks("m1", SOURCES)
    page = Page(blocks.snapshot(), 0)
    while text:
        size = chance.randint(1, 90)
        blocks.write(text[:size])
        page.apply(blocks.flush())
        text = text[size:]
    page.apply(blocks.finish())

    whole = "\n\n".join(DOCUMENTS[name] for name in DOCUMENTS if "one long" not in name)
    assert page.settled == read(markdown.render(whole, sources=SOURCES, anchor="m1")).inner()
