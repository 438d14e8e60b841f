"""Frames of a growing answer as htmx swaps.

Drawn by string formatting: a frame is made twenty times a second for every chat, and everything
in it was sanitised or escaped when its blocks were drawn.
"""

from chat.blocks import Append
from chat.live import Frame
from chat.stream import anchor


def swap(frame: Frame) -> str:
    """The swaps of one frame: settled pieces appended, the open tail replaced."""
    at, patch = anchor(frame.message_id), frame.patch
    replaced = "" if patch.replaces is None else _inner(f"{at}-settled", patch.replaces)
    appended = "".join(map(_appended, patch.appends))
    tail = (
        f'<div id="{at}-tail" class="tail" data-sequence="{frame.sequence}"'
        f' hx-swap-oob="outerHTML">{patch.tail}</div>'
    )
    return f"{replaced}{appended}{tail}"


def follow_on(frames: list[Frame], settled: int) -> bool:
    """Whether the frames fit a page with so many settled pieces, and each the one before it."""
    befores = [frame.patch.blocks_before for frame in frames]
    return befores == [settled, *(frame.patch.blocks_after for frame in frames[:-1])]


def merged(frames: list[Frame]) -> Frame:
    """Several frames of one answer as one, for a page that has seen none of them."""
    patch = frames[0].patch
    for later in frames[1:]:
        patch = patch.merge(later.patch)
    newest = frames[-1]
    return Frame(newest.completion_id, newest.message_id, newest.sequence, patch)


def _appended(append: Append) -> str:
    # a partial, not a plain wrapper: list items and table rows keep their element in it
    return (
        f'<hx-partial hx-target="#{append.target}" hx-swap="beforeend">{append.html}</hx-partial>'
    )


def _inner(element_id: str, html: str) -> str:
    return f'<hx-partial hx-target="#{element_id}" hx-swap="innerHTML">{html}</hx-partial>'
