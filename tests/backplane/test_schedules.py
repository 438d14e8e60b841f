"""Schedules run once across processes, and once for all the times that were missed."""

import threading
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from backplane import schedules
from backplane.models import Outcome, Schedule
from backplane.worker import Worker
from tests.backplane import errands

NAME = "Do nothing"
HOURLY = "0 * * * *"


@pytest.fixture(autouse=True)
def declared(monkeypatch) -> None:
    """Only the schedule of these tests is declared."""
    monkeypatch.setattr(schedules, "_declared", {})
    schedules.declare(NAME, errands.nothing, HOURLY)


def overdue() -> Schedule:
    """The schedule as it is after its worker was away for three days."""
    schedules.seed()
    Schedule.objects.update(next_run_at=timezone.now() - timedelta(days=3))
    return Schedule.objects.get()


@pytest.mark.django_db
def test_a_new_schedule_waits_for_its_first_time():
    schedules.seed()

    schedule = Schedule.objects.get()
    assert schedule.next_run_at > timezone.now()
    assert schedule.next_run_at.minute == 0
    assert schedules.fire_due() == 0


@pytest.mark.postgres
@pytest.mark.django_db
def test_missed_runs_are_caught_up_by_one():
    overdue()

    fired = schedules.fire_due(), schedules.fire_due()

    assert fired == (1, 0)
    assert DBTaskResult.objects.count() == 1
    assert Schedule.objects.get().next_run_at > timezone.now()


@pytest.mark.django_db
def test_the_outcome_is_recorded():
    overdue()
    worker = Worker()

    schedules.fire_due()
    worker.work_once()

    schedule = Schedule.objects.get()
    assert schedule.last_outcome == Outcome.SUCCEEDED
    assert schedule.last_run_at is not None


@pytest.mark.django_db
def test_a_failure_is_recorded_with_its_reason(tmp_path):
    schedule = overdue()
    result = errands.always_fail.enqueue(str(tmp_path / "notes"))
    Schedule.objects.filter(pk=schedule.pk).update(last_task=result.id)

    for _ in range(3):
        DBTaskResult.objects.update(run_after=timezone.now())
        Worker().work_once()

    schedule.refresh_from_db()
    assert schedule.last_outcome == Outcome.FAILED
    assert schedule.last_error == "ValueError: no luck"


@pytest.mark.django_db
def test_no_run_starts_while_the_one_before_is_going():
    overdue()
    schedules.fire_due()
    Schedule.objects.update(next_run_at=timezone.now())

    assert schedules.fire_due() == 0

    Worker().work_once()
    assert schedules.fire_due() == 1


@pytest.mark.django_db
def test_a_paused_schedule_is_not_fired():
    overdue()
    Schedule.objects.update(is_paused=True)

    assert schedules.fire_due() == 0


@pytest.mark.django_db
def test_times_edited_by_a_person_stay_and_others_follow_the_code():
    schedules.seed()
    Schedule.objects.update(cron="5 5 * * *")
    schedules.declare(NAME, errands.nothing, "30 * * * *")
    schedules.declare("Other", errands.nothing, HOURLY)
    schedules.seed()
    schedules.declare("Other", errands.nothing, "15 * * * *")

    schedules.seed()

    assert Schedule.objects.get(name=NAME).cron == "5 5 * * *"
    assert Schedule.objects.get(name="Other").cron == "15 * * * *"


@pytest.mark.django_db
def test_a_schedule_that_the_code_no_longer_declares_is_left_alone(monkeypatch):
    overdue()
    monkeypatch.setattr(schedules, "_declared", {})

    assert schedules.fire_due() == 0


@pytest.mark.parametrize("cron", ["", "* * *", "61 * * * *", "every day", "0 0 31 2 *"])
def test_a_schedule_that_cannot_be_read_is_refused_at_start(cron):
    with pytest.raises(ValidationError):
        schedules.declare("Broken", errands.nothing, cron)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_several_workers_racing_fire_a_schedule_once():
    overdue()
    start = threading.Barrier(4)
    fired = []

    def race() -> None:
        try:
            start.wait(10)
            fired.append(schedules.fire_due())
        finally:
            connection.close()

    racers = [threading.Thread(target=race) for _ in range(4)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join(30)

    assert sorted(fired) == [0, 0, 0, 1]
    assert DBTaskResult.objects.count() == 1


@pytest.mark.django_db
def test_an_unreadable_time_is_refused_in_the_admin_with_words(margaret, client_of):
    schedule = overdue()
    address = reverse("admin:backplane_schedule_change", args=[schedule.pk])

    answer = client_of(margaret).post(address, {"cron": "99 * * * *"})

    assert "is not a schedule (Bad minute)" in answer.content.decode()
    schedule.refresh_from_db()
    assert schedule.cron == HOURLY


@pytest.mark.django_db
def test_margaret_edits_the_times_in_the_admin(margaret, client_of):
    schedule = overdue()
    address = reverse("admin:backplane_schedule_change", args=[schedule.pk])

    client_of(margaret).post(address, {"cron": "30 4 * * 1"})

    schedule.refresh_from_db()
    assert schedule.cron == "30 4 * * 1"
    assert (schedule.next_run_at.hour, schedule.next_run_at.minute) == (4, 30)


@pytest.mark.django_db
def test_margaret_runs_a_paused_schedule_now_and_resumes_it(margaret, client_of):
    schedule = overdue()
    Schedule.objects.update(is_paused=True)
    address = reverse("admin:backplane_schedule_changelist")
    browser = client_of(margaret)

    for action in ("run_now", "resume"):
        browser.post(address, {"action": action, "_selected_action": [schedule.pk]})

    schedule.refresh_from_db()
    assert DBTaskResult.objects.count() == 1
    assert not schedule.is_paused
    assert schedule.next_run_at > timezone.now()


@pytest.mark.django_db
@pytest.mark.parametrize("person", ["eve", "grace"])
def test_others_may_not_touch_schedules(person, request, client_of):
    schedule = overdue()
    address = reverse("admin:backplane_schedule_change", args=[schedule.pk])

    answer = client_of(request.getfixturevalue(person)).post(address, {"cron": "30 4 * * 1"})

    assert answer.status_code in {302, 403}
    schedule.refresh_from_db()
    assert schedule.cron == HOURLY
