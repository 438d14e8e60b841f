"""Child processes that live and die together."""

import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from types import FrameType

LOOK_EVERY_S = 0.05
BOUND_TO_US = ("setpriv", "--pdeathsig", "TERM")


class Family:
    """Processes of which none outlives another; `grace_s` is what a stopping one may take.

    Each is in a session of its own, so that Ctrl+C reaches us alone and everybody is told once.
    Where the system can bind them to us (util-linux), they are told to stop when we are killed.
    """

    def __init__(self, *, grace_s: float) -> None:
        self.grace_s = grace_s
        self.children: list[subprocess.Popen[bytes]] = []
        self.is_told_to_stop = False

    def listen_to_signals(self) -> None:
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(signum, self._hear)

    def start(self, command: list[str]) -> None:
        self.children.append(subprocess.Popen([*_prefix(), *command], start_new_session=True))

    def wait(self, until: Callable[[], bool] = lambda: False) -> bool:
        """Until `until` says yes (then True), a child ended or we were told to stop."""
        while not self.is_told_to_stop and not self._ended():
            if until():
                return True
            time.sleep(LOOK_EVERY_S)
        return False

    def stop(self) -> int:
        """End everybody; the status of the child that ended by itself, 0 when we were told to."""
        ended = self._ended()
        for child in self.children:
            child.terminate()
        deadline = time.monotonic() + self.grace_s
        for child in self.children:
            with suppress(subprocess.TimeoutExpired):
                child.wait(max(0.0, deadline - time.monotonic()))
            child.kill()
            child.wait()
        return abs(ended[0].returncode) or 1 if ended and not self.is_told_to_stop else 0

    def _ended(self) -> list[subprocess.Popen[bytes]]:
        return [child for child in self.children if child.poll() is not None]

    def _hear(self, signum: int, frame: FrameType | None) -> None:
        """The first signal asks everybody to end, the second does not wait."""
        if self.is_told_to_stop:
            for child in self.children:
                child.kill()
        self.is_told_to_stop = True


@cache
def _prefix() -> tuple[str, ...]:
    """What makes a command end with us; nothing where that is not known."""
    if shutil.which(BOUND_TO_US[0]) is None:
        return ()
    is_known = subprocess.run([*BOUND_TO_US, "true"], stderr=subprocess.DEVNULL).returncode == 0
    return BOUND_TO_US if is_known else ()
