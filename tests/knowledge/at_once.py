"""Several people in the same moment, each on a connection of their own."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection

TOGETHER_WITHIN_S = 10


def at_once(*verbs: Callable[[], Any]) -> list[Any]:
    """Start the verbs together; what each returned, or the error it raised, in their order."""
    together = threading.Barrier(len(verbs))

    def run(verb: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            together.wait(TOGETHER_WITHIN_S)
            return verb()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(verbs)) as pool:
        return list(pool.map(run, verbs))
