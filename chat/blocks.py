"""An answer that grows on the page: settled blocks are added once, the open tail is replaced."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from chat import markdown
from chat.rendering.document import Document
from chat.rendering.inline import Cited, Inline
from chat.rendering.tree import Append

__all__ = ["Append", "Blocks", "Patch"]


@dataclass(frozen=True, slots=True)
class Patch:
    """A change to the page, applied in this order: `replaces`, `appends`, `tail`.

    `replaces` is new inner HTML for `{anchor}-settled`, `tail` for `{anchor}-tail`. The patch fits
    a page that has `blocks_before` settled pieces and leaves it with `blocks_after`.
    """

    blocks_before: int
    blocks_after: int
    appends: tuple[Append, ...]
    tail: str
    replaces: str | None = None

    def merge(self, later: "Patch") -> "Patch":
        """Join the patch with the one that follows it, for a page that has seen neither."""
        is_moot = later.replaces is not None
        return Patch(
            blocks_before=self.blocks_before,
            blocks_after=later.blocks_after,
            appends=later.appends if is_moot else _join(self.appends + later.appends),
            tail=later.tail,
            replaces=later.replaces if is_moot else self.replaces,
        )


class Blocks:
    """One growing answer. The page holds `{anchor}-settled` and `{anchor}-tail`, side by side."""

    def __init__(self, anchor: str, sources: Sequence[Cited] = ()) -> None:
        self._anchor = anchor
        self._sources = sources
        self._document = Document(Inline(sources, anchor), anchor)
        self._text: list[str] = []
        self._unread: list[str] = []
        self._tail = ""
        self._replaced: str | None = None

    @property
    def settled_count(self) -> int:
        """How many pieces are settled, as of the last flush."""
        return self._document.tree.settled

    def write(self, delta: str) -> None:
        """Take more of the answer; nothing is drawn before the next flush."""
        self._unread.append(delta)

    def flush(self) -> Patch | None:
        """Draw what was written since the last flush; None when the page stays as it is."""
        if not self._unread:
            return None
        before = self.settled_count
        self._read()
        appends = self._document.tree.collect()
        tail, self._tail = self._tail, self._document.draw_tail()
        if not appends and tail == self._tail:
            return None
        return Patch(before, self.settled_count, appends, self._tail)

    def finish(self) -> Patch:
        """Settle everything; the page then shows what `markdown.render` draws, save for ids."""
        before = self.settled_count
        self._read()
        self._document.close()
        appends = self._document.tree.collect()
        self._tail = ""
        self._replaced = self._corrected()
        if self._replaced is not None:
            appends = ()
        return Patch(before, self.settled_count, appends, "", self._replaced)

    def snapshot(self) -> str:
        """Draw the message's inner HTML as of the last flush: what later patches fit on."""
        settled = self._document.tree.html() if self._replaced is None else self._replaced
        return (
            f'<div id="{self._anchor}-settled" class="settled">{settled}</div>'
            f'<div id="{self._anchor}-tail" class="tail">{self._tail}</div>'
        )

    def _read(self) -> None:
        unread = "".join(self._unread)
        self._text.append(unread)
        self._unread.clear()
        self._document.write(unread)

    def _corrected(self) -> str | None:
        """Draw the answer again if it defines links; None when it had not used them before."""
        if not self._document.inline.references:
            return None
        drawn = re.sub(rf' id="{re.escape(self._anchor)}-b\d+"', "", self._document.tree.html())
        text = "".join(self._text)
        html = markdown.render(text, sources=self._sources, anchor=self._anchor)
        return html if html != drawn else None


def _join(appends: tuple[Append, ...]) -> tuple[Append, ...]:
    """Make neighbours with the same target one."""
    joined: list[Append] = []
    for append in appends:
        if joined and joined[-1].target == append.target:
            append = Append(append.target, joined.pop().html + append.html)
        joined.append(append)
    return tuple(joined)
