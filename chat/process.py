"""This process's name, by which a running reply says who runs it."""

import os
import secrets
import socket
from collections.abc import Iterable

PROCESS = f"{socket.gethostname()[:80]}:{os.getpid()}:{secrets.token_hex(4)}"


def dead(owners: Iterable[str]) -> list[str]:
    """Those of the named processes that ran on this machine and are gone."""
    return [owner for owner in owners if _is_dead(owner)]


def _is_dead(owner: str) -> bool:
    host, pid, _token = owner.rsplit(":", 2)
    own_host, own_pid, _own_token = PROCESS.rsplit(":", 2)
    if owner == PROCESS or host != own_host:
        return False
    return pid == own_pid or not _runs(int(pid))


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
