"""Who hears that a conversation moved."""

import json
from uuid import uuid4

import pytest

from accounts.models import User
from chat import conversation, fragments, live, replies
from chat.blocks import Append, Patch
from chat.live import Changed, Event, Frame
from tests.factories import conversation_of
from tickets import lifecycle


class Listener:
    def __init__(self) -> None:
        self.events: list[Event] = []

    def hear(self, event: Event) -> None:
        self.events.append(event)


def frame(sequence: int, before: int, after: int, *html: str, tail: str = "") -> Frame:
    appends = tuple(Append("m-7-settled", piece) for piece in html)
    return Frame(3, 7, sequence, Patch(before, after, appends, tail))


def test_listener_hears_its_own_conversation_until_it_leaves() -> None:
    mine, other, listener = uuid4(), uuid4(), Listener()
    live.join(mine, listener)

    live.tell_here(other, Changed())
    live.tell_here(mine, frame(1, 0, 0))
    live.leave(mine, listener)
    live.tell_here(mine, Changed())

    assert listener.events == [frame(1, 0, 0)]
    assert mine not in live._listeners
    live.leave(mine, listener)
    assert mine not in live._listeners


async def test_version_of_a_conversation_tells_its_open_pages() -> None:
    pk, listener = uuid4(), Listener()
    live.join(pk, listener)

    await live.page_changed(replies.topic(pk), 3)
    live.leave(pk, listener)

    assert listener.events == [Changed()]


@pytest.mark.django_db(transaction=True)
async def test_version_of_a_ticket_tells_the_pages_that_show_it(ada: User) -> None:
    from channels.db import database_sync_to_async

    talk = await database_sync_to_async(conversation_of)(ada, "How?", "So.")
    other = await database_sync_to_async(conversation_of)(ada, "How?", "So.")
    escalate = database_sync_to_async(conversation.escalate)
    ticket = await escalate(talk, by=ada, reason="asked")
    shown, elsewhere = Listener(), Listener()
    live.join(talk.pk, shown)
    live.join(other.pk, elsewhere)

    await live.ticket_changed(lifecycle.topic(ticket), 2)
    live.leave(talk.pk, shown)
    live.leave(other.pk, elsewhere)

    assert (shown.events, elsewhere.events) == ([Changed()], [])


@pytest.mark.parametrize(
    "event",
    [
        Changed(),
        frame(4, 1, 3, "<p>One</p>", "<p>Two</p>", tail="<p>Three"),
        Frame(3, 7, 5, Patch(3, 3, (), "", replaces="<p>All</p>")),
    ],
)
def test_event_crosses_the_wire_unchanged(event: Event) -> None:
    assert live.from_wire(json.loads(json.dumps(live.as_wire(event)))) == event


def test_merged_frames_show_what_single_ones_show() -> None:
    frames = [
        frame(1, 0, 1, "<p>One</p>", tail="<p>Tw"),
        frame(2, 1, 1, tail="<p>Two"),
        frame(3, 1, 3, "<p>Two</p>", "<p>Three</p>", tail="<p>Fo"),
    ]

    merged = fragments.merged(frames)

    assert merged == frame(3, 0, 3, "<p>One</p><p>Two</p><p>Three</p>", tail="<p>Fo")
    assert fragments.follow_on(frames, 0)
    html = fragments.swap(merged)
    assert html.index("<p>One</p><p>Two</p><p>Three</p>") < html.index("<p>Fo")
    assert 'id="m-7-tail"' in html
    assert 'data-sequence="3"' in html


@pytest.mark.parametrize(
    ("settled", "frames"),
    [
        (0, [frame(2, 1, 1)]),
        (0, [frame(1, 0, 1), frame(3, 2, 3)]),
        (-1, [frame(1, 0, 1)]),
        (1, [frame(1, 0, 1)]),
    ],
)
def test_frames_with_a_hole_do_not_follow_on(settled: int, frames: list[Frame]) -> None:
    assert not fragments.follow_on(frames, settled)
