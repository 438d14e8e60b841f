"""The socket of one conversation: frames in, checked by a form; swaps out.

    {"action": "resume", "revision": 3, "completion": 8, "sequence": 40}   after every connect
    {"action": "ask", "text": "…", "client_key": "…"}
    {"action": "stop"}
    {"action": "ack", "frames": 120}      how many frames the page has taken, about twice a second

Out goes HTML for htmx, or `{"sent": client_key}` when a question is stored and
`{"resumed": revision}` as the sign of life after a resume. The server closes with codes of its
own, because daphne sends no other: 4401 signed out, 4404 not yours and 4429 too many frames are
final; after 4412 restarting and 4413 too slow the page comes back (`reconnectCodes` in base.html).
"""

import asyncio
import json
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from operator import attrgetter
from typing import Any
from uuid import UUID

from asgiref.sync import ThreadSensitiveContext
from channels.auth import get_user
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.db import Error as DatabaseError
from django.forms import Form
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.models import User
from chat import conversation, fragments, live, neighbours, page, stream
from chat.errors import ConversationError
from chat.forms import AckForm, AskForm, HaveForm
from chat.live import Changed, Event, Frame
from chat.models import Conversation
from chat.process import PROCESS
from knowledge.outline import system_of

logger = logging.getLogger(__name__)

SIGNED_OUT, NOT_YOURS, TOO_MANY_FRAMES, RESTARTING, TRY_AGAIN = 4401, 4404, 4429, 4412, 4413
HELD_BYTES = 256 * 1024
HELD_FRAMES = 200
DRAINS_WITHIN_S = 20
ASK_AGAIN_S = 0.3
LOOK_AGAIN_S = 1.0
LAYER_WITHIN_S = 1.0
FRAMES_PER_10_S = 100
FRAME_MAX_CHARS = 64 * 1024


class BadFrame(Exception):
    """A frame that no page of ours sends; the message says what is wrong with it."""


class ChatConsumer(AsyncWebsocketConsumer):
    """One page. `have` is what it shows, None until it has said so; `settled` how many pieces of
    the running answer are settled there, -1 when its text came from the database."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.have: page.Have | None = None
        self.settled = -1
        self.frames: list[Frame] = []
        self.has_changed = False
        self.wake = asyncio.Event()
        self.sizes: deque[int] = deque()
        self.acked = 0
        self.acknowledged = asyncio.Event()
        self.arrivals: deque[float] = deque(maxlen=FRAMES_PER_10_S)
        self.sender: asyncio.Task[None] | None = None
        self.is_closed = False

    @property
    def conversation_id(self) -> UUID:
        return self.scope["url_route"]["kwargs"]["pk"]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve the socket; whatever ends it, even an error, nothing listens on."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            live.leave(self.conversation_id, self)
            if self.sender:
                self.sender.cancel()

    async def connect(self) -> None:
        await self.accept()
        if (refusal := await self._refusal()) is not None:
            await self.close(refusal)
            return
        live.join(self.conversation_id, self)
        await self._group("group_add")
        self.sender = asyncio.create_task(self._send_forever())

    async def disconnect(self, code: int) -> None:
        self.is_closed = True
        await self._group("group_discard")

    async def _group(self, verb: str) -> None:
        """Join or leave the layer's group; without the layer the page catches up a second later."""
        if not settings.CHANNEL_LAYER_CROSSES_PROCESSES:
            return
        change = getattr(self.channel_layer, verb)
        try:
            async with asyncio.timeout(LAYER_WITHIN_S):
                await change(live.group(self.conversation_id), self.channel_name)
        except Exception as error:
            logger.warning("The channel layer is out of reach: %s", type(error).__name__)

    async def close(self, code: int | None = None, reason: str | None = None) -> None:
        """Close once; whatever comes or goes afterwards is dropped."""
        if not self.is_closed:
            self.is_closed = True
            await super().close(code, reason)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self.is_closed:
            return
        if self._is_flooding():
            await self._say(_("Too many messages at once. Reload the page to go on."))
            await self.close(TOO_MANY_FRAMES)
            return
        try:
            async with ThreadSensitiveContext():
                await self._handle(_parsed(text_data))
        except BadFrame as error:
            await self._say(str(error))
        except Http404:
            await self.close(NOT_YOURS)
        except DatabaseError:
            logger.exception("A frame could not be handled")
            await self._say(_("That did not work just now. Try again in a moment."))

    def hear(self, event: Event) -> None:
        """Hold an event until the sender comes to it; what does not fit is fetched anew."""
        if isinstance(event, Changed):
            self.has_changed = True
        elif len(self.frames) < HELD_FRAMES:
            self.frames.append(event)
        else:
            self._start_over()
        self.wake.set()

    def _start_over(self) -> None:
        """Forget what the page shows of the running answer; it gets a snapshot next."""
        self.frames.clear()
        self.have = self.have and page.Have(self.have.revision)
        self.has_changed = True

    async def live_event(self, message: dict[str, Any]) -> None:
        """Hear an event that another process sent over the channel layer."""
        if message["origin"] != PROCESS:
            self.hear(live.from_wire(message["event"]))

    async def _refusal(self) -> int | None:
        user = self.scope["user"]
        if not user.is_authenticated:
            return SIGNED_OUT
        visible = Conversation.objects.visible_to(user).filter(pk=self.conversation_id)
        return None if await visible.aexists() else NOT_YOURS

    async def _handle(self, values: dict[str, Any]) -> None:
        actions: dict[str, tuple[type[Form], Callable[[Any], Awaitable[None]]]] = {
            "resume": (HaveForm, self._resume),
            "ask": (AskForm, self._ask),
            "stop": (Form, self._stop),
            "ack": (AckForm, self._ack),
        }
        action = values.get("action")
        if not isinstance(action, str) or action not in actions:
            raise BadFrame(_("The page sent something this version does not know. Reload it."))
        form_class, handle = actions[action]
        form = form_class(values)
        if not form.is_valid():
            raise BadFrame(_("The page sent something incomplete. Reload it."))
        if action != "ack" and await self._signed_in() is None:
            await self.close(SIGNED_OUT)
            return
        await handle(form.cleaned_data)

    async def _resume(self, data: dict[str, Any]) -> None:
        self.have = page.Have(-1 if data["revision"] is None else data["revision"])
        self._start_over()
        await self._put(json.dumps({"resumed": self.have.revision}))
        self.wake.set()

    async def _ask(self, data: dict[str, Any]) -> None:
        if stream.is_draining():
            await self.close(RESTARTING)
            return
        here = Conversation(pk=self.conversation_id)
        ask = partial(conversation.ask, here, by=self.scope["user"], system=self._device, **data)
        try:
            await stream.after(ask, attrgetter("reply"))
        except ConversationError as error:
            await self._say(error.words, client_key=data["client_key"])
            return
        except DatabaseError:
            logger.exception("A question could not be stored")
            words = _("Not sent. Your text is still here.")
            await self._say(words, client_key=data["client_key"])
            return
        live.tell(self.conversation_id, Changed())
        await self._put(json.dumps({"sent": data["client_key"]}))

    @property
    def _device(self) -> str:
        """The operating system that the browser says it runs on, or ""."""
        agents = [value for name, value in self.scope["headers"] if name == b"user-agent"]
        return system_of(agents[0].decode("latin-1")) if agents else ""

    async def _stop(self, data: dict[str, Any]) -> None:
        running = await database_sync_to_async(conversation.stop)(
            Conversation(pk=self.conversation_id)
        )
        if running:
            await neighbours.stop(running)

    async def _ack(self, data: dict[str, Any]) -> None:
        if data["frames"] > self.acked + len(self.sizes):
            raise BadFrame(_("The page sent something unreadable. Reload it."))
        while self.sizes and self.acked < data["frames"]:
            self.sizes.popleft()
            self.acked += 1
        self.acknowledged.set()

    async def _signed_in(self) -> User | None:
        """The person, when the session that opened this socket still stands."""
        session = self.scope["session"]
        now = await get_user({"session": session.__class__(session.session_key)})
        return now if now.pk == self.scope["user"].pk else None

    def _is_flooding(self) -> bool:
        now = time.monotonic()
        self.arrivals.append(now)
        return len(self.arrivals) == FRAMES_PER_10_S and now - self.arrivals[0] < 10

    async def _say(self, words: str, client_key: str = "") -> None:
        """Show a notice by the composer; a question it is about is given back to the page."""
        html = await page.draw("refused", {"words": words})
        await self._put(json.dumps({"content": html, "refused": client_key}))

    async def _send_forever(self) -> None:
        while not self.is_closed:
            await self._news()
            if self.have is None:
                continue
            try:
                async with ThreadSensitiveContext():
                    await self._send_what_is_new()
            except Conversation.DoesNotExist:
                await self.close(NOT_YOURS)
                return
            except Exception:
                logger.exception("A page could not be brought up to date")
                await self.close(TRY_AGAIN)
                return

    async def _news(self) -> None:
        """Wait for news; an answer whose text came from the database is looked up there again."""
        is_from_database = self._have.completion_id > 0 and self.settled < 0
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_AGAIN_S if is_from_database else None):
                await self.wake.wait()
        self.wake.clear()
        self.has_changed = self.has_changed or is_from_database

    async def _send_what_is_new(self) -> None:
        if self.has_changed:
            self.has_changed = False
            await self._catch_up()
        frames = sorted(filter(self._is_new, self.frames), key=lambda frame: frame.sequence)
        self.frames.clear()
        if not frames:
            return
        if not fragments.follow_on(frames, self.settled):
            self._start_over()
            self.wake.set()
            await asyncio.sleep(ASK_AGAIN_S)
            return
        frame = fragments.merged(frames)
        self.have = page.Have(self._have.revision, frame.completion_id, frame.sequence)
        self.settled = frame.patch.blocks_after
        await self._out(fragments.swap(frame))

    @property
    def _have(self) -> page.Have:
        return self.have or page.Have()

    def _is_new(self, frame: Frame) -> bool:
        have = self._have
        return frame.completion_id == have.completion_id and frame.sequence > have.sequence

    async def _catch_up(self) -> None:
        if await self._signed_in() is None:
            await self.close(SIGNED_OUT)
            return
        have = self.have
        caught = await page.catch_up(self.conversation_id, self._have)
        if caught is None or self.have is not have:  # started over meanwhile: drawn anew
            return
        html, shown = caught
        self.have = shown.have
        snapshot = shown.running.snapshot if shown.running else None
        self.settled = snapshot.settled_count if snapshot else 0
        await self._out(html)

    async def _put(self, text: str) -> None:
        if not self.is_closed:
            self.sizes.append(len(text.encode()))
            await self.send(text)

    async def _out(self, text: str) -> None:
        """Send and wait for room; a page that does not drain is closed, and reconnects.

        Only the sender waits: the handler of incoming frames is what hears that there is room.
        """
        await self._put(text)
        while sum(self.sizes) > HELD_BYTES:
            self.acknowledged.clear()
            try:
                async with asyncio.timeout(DRAINS_WITHIN_S):
                    await self.acknowledged.wait()
            except TimeoutError:
                await self.close(TRY_AGAIN)
                return


class NowhereConsumer(AsyncWebsocketConsumer):
    """A socket address that does not exist."""

    async def connect(self) -> None:
        await self.accept()
        await self.close(NOT_YOURS)


def _parsed(text: str | None) -> dict[str, Any]:
    if text is None:
        raise BadFrame(_("The page sent a file where a message belongs. Reload it."))
    if len(text) > FRAME_MAX_CHARS:
        raise BadFrame(_("That message is too large to send at once. Your text is kept."))
    with suppress(ValueError, RecursionError):
        values = json.loads(text)
        if isinstance(values, dict):
            return values
    raise BadFrame(_("The page sent something unreadable. Reload it."))
