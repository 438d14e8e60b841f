"""Tasks that the tests run, in this process or in a worker's; each notes its runs in a file."""

import time
from pathlib import Path

from backplane.tasks import task


@task
def note(path: str) -> int:
    return _noted(path)


@task(retries=2)
def always_fail(path: str) -> None:
    _noted(path)
    raise ValueError("no luck")


@task
def hang_in_the_first_run(path: str, seconds: float) -> int:
    runs = _noted(path)
    if runs == 1:
        time.sleep(seconds)
    return runs


@task
def nothing() -> None:
    pass


def _noted(path: str) -> int:
    """Add a run and say how many there were."""
    with Path(path).open("a") as file:
        file.write("run\n")
    return len(Path(path).read_text().splitlines())
