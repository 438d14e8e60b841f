"""A finished Markdown text as sanitised HTML."""

from collections.abc import Callable, Sequence

from chat.rendering.document import Document
from chat.rendering.inline import Cited, Inline


def render(
    text: str,
    *,
    sources: Sequence[Cited] = (),
    anchor: str = "",
    slug: Callable[[str], str] | None = None,
) -> str:
    """Draw the text; citations of the sources lead to the ids `{anchor}-s{number}`.

    Without an anchor they lead to `s{number}`. `slug` makes a heading's id from its words.
    """
    first = _draw(text, Inline(sources, anchor), slug)
    references = first.inline.references
    if not references:
        return first.tree.html()
    inline = Inline(sources, anchor)
    inline.references.update(references)
    return _draw(text, inline, slug).tree.html()


def _draw(text: str, inline: Inline, slug: Callable[[str], str] | None) -> Document:
    document = Document(inline, slug=slug)
    document.write(text)
    document.close()
    return document
