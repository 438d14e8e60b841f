"""What the processes share: versions of things that changed, task leases, schedules."""

from datetime import datetime

from cronsim import CronSim, CronSimError
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_tasks_db.models import DBTaskResult


class Version(models.Model):
    """How often a topic has changed; each process reads this table once a second.

    A topic of an open page has `expires_at` and is swept away afterwards; the others stay.
    """

    topic = models.CharField(_("topic"), max_length=100, primary_key=True)
    version = models.PositiveBigIntegerField(_("version"), default=1)
    changed_at = models.DateTimeField(_("changed at"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True, db_index=True)

    class Meta:
        verbose_name = _("version")

    def __str__(self) -> str:
        return f"{self.topic} {self.version}"


class TaskLease(models.Model):
    """A running task belongs to `worker` until `expires_at`, which its worker keeps moving."""

    task = models.OneToOneField(
        DBTaskResult, on_delete=models.CASCADE, primary_key=True, related_name="lease"
    )
    worker = models.CharField(_("worker"), max_length=64)
    expires_at = models.DateTimeField(_("expires at"), db_index=True)

    class Meta:
        verbose_name = _("task lease")

    def __str__(self) -> str:
        return f"{self.worker} {self.expires_at:%H:%M:%S}"


def validate_cron(value: str) -> None:
    """Refuse a cron expression that has other than five fields, or never comes about."""
    try:
        if len(value.split()) != 5:
            raise CronSimError("Wrong number of fields")
        next(CronSim(value, timezone.now()))
    except (CronSimError, StopIteration) as error:
        raise ValidationError(
            _(
                "“%(value)s” is not a schedule (%(reason)s). Write minute, hour, day of month, "
                "month and day of week, as in “30 4 * * 1” for Mondays at half past four."
            ),
            code="cron",
            params={"value": value, "reason": str(error) or _("it never comes about")},
        ) from error


class Outcome(models.TextChoices):
    QUEUED = "queued", _("Queued")
    SUCCEEDED = "succeeded", _("Succeeded")
    FAILED = "failed", _("Failed")


class Schedule(models.Model):
    """A task that any worker starts at the times of `cron` (UTC), once whoever is first.

    `declared_cron` is what the code says; while `cron` equals it, nobody has edited it.
    """

    name = models.CharField(_("name"), max_length=80, unique=True)
    task_path = models.CharField(_("task"), max_length=200, editable=False)
    cron = models.CharField(
        _("times"),
        max_length=60,
        validators=[validate_cron],
        help_text=_("Minute, hour, day of month, month, day of week; in UTC."),
    )
    declared_cron = models.CharField(_("times by default"), max_length=60, editable=False)
    is_paused = models.BooleanField(_("paused"), default=False)
    last_run_at = models.DateTimeField(_("last run at"), null=True, editable=False)
    next_run_at = models.DateTimeField(_("next run at"), db_index=True, editable=False)
    last_outcome = models.CharField(
        _("outcome"), max_length=10, choices=Outcome.choices, blank=True, editable=False
    )
    last_error = models.TextField(_("error"), blank=True, editable=False)
    last_task = models.ForeignKey(
        DBTaskResult, on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )

    class Meta:
        verbose_name = _("schedule")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    def next_after(self, moment: datetime) -> datetime:
        """The first time of `cron` after `moment`; raise CronSimError when it is unreadable."""
        return next(CronSim(self.cron, moment))
