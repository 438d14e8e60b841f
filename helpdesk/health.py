"""`/healthz`: is the process alive? `/readyz`: can it serve?"""

import asyncio
from contextlib import suppress

from channels.layers import BaseChannelLayer, get_channel_layer
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from backplane import readiness


@never_cache
@require_safe
async def healthz(request: HttpRequest) -> HttpResponse:
    """Answer without asking anybody else."""
    return HttpResponse("alive\n", content_type="text/plain")


@never_cache
@require_safe
async def readyz(request: HttpRequest) -> JsonResponse:
    """Name each part and how it is; 503 while any of them is not well."""
    parts = await readiness.report()
    failing = [name for name, state in parts.items() if state != "ok"]
    answer = {"ready": not failing, "failing": failing, "parts": parts}
    return JsonResponse(answer, status=503 if failing else 200)


def check_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def check_migrations() -> None:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        raise readiness.NotReady(f"{len(missing)} not applied, the first is {missing[0][0]}")


async def check_channel_layer() -> None:
    """Send a word to ourselves and wait for it."""
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.send(channel, {"type": "readiness"})
    await layer.receive(channel)
    await _give_up(layer, channel)


async def _give_up(layer: BaseChannelLayer, channel: str) -> None:
    """Layers know no "close": they drop a channel when whoever receives on it is cancelled."""
    receiving = asyncio.create_task(layer.receive(channel))
    await asyncio.sleep(0)
    receiving.cancel()
    with suppress(asyncio.CancelledError):
        await receiving


def register() -> None:
    readiness.register("database", check_database)
    readiness.register("migrations", check_migrations)
    readiness.register("channel layer", check_channel_layer)
