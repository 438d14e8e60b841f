"""Whether this process can serve: each room registers what it needs, `/readyz` asks them all.

    readiness.register("knowledge index", check)       in `<app>/startup.py`

A check returns when all is well and raises otherwise. A sync one runs in a thread, where it may
use the database.
"""

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable

from channels.db import database_sync_to_async

logger = logging.getLogger(__name__)

DEADLINE_S = 5.0

Check = Callable[[], Awaitable[None] | None]

_checks: dict[str, Check] = {}


class NotReady(Exception):
    """Raised by a check; its words are shown to whoever asks, so they name no secret."""


def register(name: str, check: Check) -> None:
    """Make `/readyz` depend on `check`; a second one of the same name replaces the first."""
    _checks[name] = check


async def report() -> dict[str, str]:
    """Ask every part: its name and "ok", or what is wrong."""
    answers = await asyncio.gather(*(_answer(name, check) for name, check in _checks.items()))
    return dict(zip(_checks, answers, strict=True))


async def _answer(name: str, check: Check) -> str:
    try:
        async with asyncio.timeout(DEADLINE_S):
            if inspect.iscoroutinefunction(check):
                await check()
            else:
                await database_sync_to_async(check)()
    except NotReady as error:
        return str(error)
    except TimeoutError:
        return f"no answer within {DEADLINE_S:.0f} seconds"
    except Exception:
        logger.exception("%s is not ready", name)
        return "failing"
    return "ok"
