"""The open tail: what is not settled yet, drawn as if it ended here."""

from html import escape

from chat.rendering import lines, markup
from chat.rendering.elements import Container, Item, Leaf, Text, heading_tag, new_text
from chat.rendering.inline import Inline
from chat.rendering.reading import Kind, Reading, read

CARET = '<span class="caret"></span>'
LONGEST_LINE = 2000  # a longer line that nobody could read yet waits for its end
LONGEST_MARKUP = 960  # more that waits for its end of markup is shown as it stands


def draw(inline: Inline, containers: list[Container], leaf: Leaf, line: str) -> str:
    """Draw the open leaf and the unfinished line in their containers, with a caret at the end."""
    reading = _read_unfinished(containers, leaf, line)
    text = leaf if isinstance(leaf, Text) else None
    if text and (reading is None or reading.kind is Kind.MORE):
        more = f"\n{reading.text}" if reading else ""
        return _stand(containers, _draw_text(inline, text, more), items_shown=1)
    if reading is None:
        return f'<p class="more">{CARET}</p>'
    return _draw_two(inline, containers, text, reading)


def _read_unfinished(containers: list[Container], leaf: Leaf, line: str) -> Reading | None:
    """Read the line that has not ended; None while it can be anything or is not for show."""
    if not 0 < len(line) <= LONGEST_LINE:
        return None
    reading = read(line, containers, leaf)
    if reading.kind not in (Kind.TEXT, Kind.MORE, Kind.HEADING):
        return None
    return None if lines.UNDECIDED.match(reading.text) else reading


def _draw_two(
    inline: Inline, containers: list[Container], leaf: Text | None, reading: Reading
) -> str:
    """Draw the paragraph that the unfinished line ends, if there is one, and that line."""
    ended = _draw_text(inline, leaf, "", caret="") if leaf else ""
    if ended:
        ended = _stand(containers[reading.kept :], ended, items_shown=1)
    shared = containers[: reading.kept]
    begun = _draw_text(inline, _begin_text(reading, shared), "")
    begun = _stand(reading.opened, begun, items_shown=1)
    return _stand(shared, ended + begun, items_shown=1 if ended else 0)


def _stand(containers: list[Container], inner: str, *, items_shown: int) -> str:
    """Stand the containers around `inner`; those the page has are opened a second time."""
    for container in reversed(containers):
        opening = container.resume(items_shown) if container.name else f"{container.head}>"
        inner = f"{opening}{inner}{container.tail}"
        items_shown = 1 if isinstance(container, Item) else items_shown
    return inner


def _draw_text(inline: Inline, leaf: Text, more: str, *, caret: str = CARET) -> str:
    text = leaf.visible + more
    if leaf.shown[0] != text:
        leaf.shown = (text, _draw_inline(inline, text))
    html = leaf.drawn + leaf.shown[1] + caret
    if not leaf.tag or not html:
        return html
    resumed = ' class="more"' if leaf.name else ""
    return f"{leaf.head}{resumed}>{html}{leaf.tail}"


def _draw_inline(inline: Inline, text: str) -> str:
    if len(text) > LONGEST_MARKUP:
        return escape(text, quote=False)
    return inline.html(markup.repair(text))


def _begin_text(reading: Reading, containers: list[Container]) -> Text:
    """Make the paragraph or heading that a line begins, whatever becomes of it."""
    around = reading.opened or containers
    last = around[-1] if around else None
    text = new_text("" if isinstance(last, Item) and last.is_empty else "p")
    text.text = reading.text
    if reading.kind is Kind.HEADING and reading.match:
        text = new_text(heading_tag(reading.match.group(1)))
        text.text = reading.text[reading.match.end() :]
    return text
