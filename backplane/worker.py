"""The worker: one task after another, and beside them the beat.

The beat is a thread that once a second renews this worker's lease, takes up what dead workers
left and fires schedules. A database that is locked or away for a while ends neither.
"""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from types import FrameType

from django.db import DatabaseError, close_old_connections
from django.tasks import TaskContext
from django.tasks.signals import task_finished, task_started
from django.utils.crypto import get_random_string
from django_tasks_db.models import DBTaskResult

from backplane import leases, schedules, versions

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
INTERVAL_S = 1.0


class Worker:
    """`drain_s` is how long a running task may go on after a signal to stop."""

    def __init__(self, *, lease: timedelta = LEASE, drain_s: float = 20.0) -> None:
        self.id = get_random_string(32)
        self.lease = lease
        self.drain_s = drain_s
        self.stopping = threading.Event()
        self.running: DBTaskResult | None = None
        self.is_seeded = False

    def run(self) -> None:
        """Work until told to stop."""
        versions.poll_in_thread()
        threading.Thread(target=self._beat_until_stopped, name="beat", daemon=True).start()
        logger.info("Worker %s started", self.id)
        while not self.stopping.is_set():
            close_old_connections()
            if not self.work_once():
                self.stopping.wait(INTERVAL_S)
        logger.info("Worker %s stopped", self.id)

    def work_once(self) -> bool:
        """Run the next ready task, if there is one."""
        task = self.running = _surviving(self._claim)
        if task is None:
            return False
        self._run(task)
        self.running = None  # were the result not recorded, the lease now runs out
        return True

    def beat_once(self) -> None:
        self.is_seeded = self.is_seeded or _surviving(schedules.seed) is not None
        self._renew()
        _surviving(leases.take_up_lost)
        _surviving(schedules.fire_due)

    def stop(self, signum: int, frame: FrameType | None) -> None:
        """Take no further task; one that outlasts the drain is given back, and we leave."""
        if not self.stopping.is_set():
            self.stopping.set()
            timer = threading.Timer(self.drain_s, self._give_back_and_leave)
            timer.daemon = True
            timer.start()

    def listen_to_signals(self) -> None:
        for signum in (signal.SIGINT, signal.SIGTERM):
            signal.signal(signum, self.stop)

    def _claim(self) -> DBTaskResult | None:
        if not DBTaskResult.objects.ready().exists():  # spares SQLite a write lock every second
            return None
        return leases.claim(self.id, lasting=self.lease)

    def _run(self, task: DBTaskResult) -> None:
        try:
            value = _call(task)
            recorded = leases.succeed(task, self.id, value)
        except BaseException as error:  # a task may not end the worker, by sys.exit() neither
            logger.exception("Task %s failed in run %d", task.task_path, len(task.worker_ids))
            recorded = bool(_surviving(partial(leases.fail, task, self.id, error)))
        if not recorded:
            logger.warning("Task %s was no longer ours, its result is dropped", task.task_path)

    def _beat_until_stopped(self) -> None:
        while not self.stopping.is_set():
            close_old_connections()
            self.beat_once()
            self.stopping.wait(INTERVAL_S)
        while True:  # the lease is kept while the last task drains; the process then ends us
            close_old_connections()
            self._renew()
            time.sleep(INTERVAL_S)

    def _renew(self) -> None:
        if task := self.running:
            _surviving(partial(leases.renew, task, self.id, lasting=self.lease))

    def _give_back_and_leave(self) -> None:
        if task := self.running:
            _surviving(partial(leases.give_back, task, self.id))
            logger.warning("Worker %s gave back %s and leaves", self.id, task.task_path)
        logging.shutdown()
        os._exit(0)  # a thread in the middle of a task cannot be ended otherwise


def _call(task: DBTaskResult) -> object:
    result = task.task_result
    backend = type(result.task.get_backend())
    task_started.send(sender=backend, task_result=result)
    arguments = list(result.args)
    if result.task.takes_context:
        arguments.insert(0, TaskContext(task_result=result))
    value = result.task.call(*arguments, **result.kwargs)
    task_finished.send(sender=backend, task_result=result)
    return value


def _surviving[T](step: Callable[[], T]) -> T | None:
    """Do one step; None when it failed (a locked database, mostly): the next beat tries again."""
    try:
        return step()
    except Exception as error:
        unexpected = not isinstance(error, DatabaseError)
        logger.warning("A step failed and will be tried again: %s", error, exc_info=unexpected)
        return None
