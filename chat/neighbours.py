"""What web processes ask each other about running replies, over the channel layer.

Nothing depends on an answer: a snapshot that does not come in time is taken from the database,
and a stop is read from there within a second.
"""

import asyncio
import logging
from contextlib import suppress
from dataclasses import asdict
from functools import partial

from channels.layers import get_channel_layer
from django.conf import settings

from chat import markdown, stream
from chat.models import Completion
from chat.process import PROCESS
from chat.stream import Snapshot, anchor
from chat.transcript import sources_of

logger = logging.getLogger(__name__)

ANSWER_WITHIN_S = 0.3


async def snapshot(completion: Completion) -> Snapshot:
    """The running answer as its process has it, else as it was stored a second ago."""
    if reply := stream.here(completion.pk):
        return reply.snapshot()
    if settings.CHANNEL_LAYER_CROSSES_PROCESSES and completion.owner != PROCESS:
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                return await _ask(completion)
        except Exception as error:
            logger.info("A snapshot is taken from the database: %s", type(error).__name__)
    return await _stored(completion)


async def stop(completion: Completion) -> None:
    """Stop a reply wherever it runs; the command is stored already."""
    if stream.here(completion.pk):
        stream.stop(completion.pk)
    elif settings.CHANNEL_LAYER_CROSSES_PROCESSES:
        message = {"type": "stop", "completion_id": completion.pk}
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                await get_channel_layer().group_send(_group(completion.owner), message)
        except Exception as error:
            logger.warning("A stop is read from the database: %s", type(error).__name__)


async def serve_forever() -> None:
    """Answer the other processes' requests about replies that run here."""
    layer = get_channel_layer()
    while True:
        try:
            channel = await layer.new_channel()
            await layer.group_add(_group(PROCESS), channel)
            while True:
                await _serve(await layer.receive(channel))
        except Exception as error:
            logger.warning("The channel layer is out of reach: %s", type(error).__name__)
            await asyncio.sleep(1)


async def _serve(message: dict[str, object]) -> None:
    reply = stream.here(int(str(message["completion_id"])))
    if reply is None:
        return
    if message["type"] == "stop":
        stream.stop(reply.completion_id)
    elif message["type"] == "snapshot":
        answer = {"type": "snapshot.is", **asdict(reply.snapshot())}
        await get_channel_layer().send(str(message["reply_channel"]), answer)


async def _ask(completion: Completion) -> Snapshot:
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_send(
        _group(completion.owner),
        {"type": "snapshot", "completion_id": completion.pk, "reply_channel": channel},
    )
    answer = await layer.receive(channel)
    await _forget(channel)
    return Snapshot(**{key: value for key, value in answer.items() if key != "type"})


async def _forget(channel: str) -> None:
    """Give a channel back; a layer does that when somebody stops receiving from it."""
    with suppress(TimeoutError):
        async with asyncio.timeout(0):
            await get_channel_layer().receive(channel)


async def _stored(completion: Completion) -> Snapshot:
    message = completion.message
    sources, at = sources_of(message), anchor(message.pk)
    draw = partial(markdown.render, message.text, sources=sources, anchor=at)
    return Snapshot(
        completion.pk,
        message.pk,
        completion.sequence,
        -1,
        await asyncio.to_thread(draw),
    )


def _group(owner: str) -> str:
    return f"process.{owner.rpartition(':')[2]}"
