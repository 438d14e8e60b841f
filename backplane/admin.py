"""The back office of operation: schedules may be edited, the rest is what happened."""

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from backplane import schedules
from backplane.models import Schedule, TaskLease, Version


class ReadOnlyAdmin(admin.ModelAdmin):
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Version)
class VersionAdmin(ReadOnlyAdmin):
    list_display = ("topic", "version", "changed_at", "expires_at")
    search_fields = ("topic",)
    ordering = ("-changed_at",)


@admin.register(TaskLease)
class TaskLeaseAdmin(ReadOnlyAdmin):
    list_display = ("task_path", "worker", "expires_at")
    list_select_related = ("task",)

    @admin.display(description=_("task"))
    def task_path(self, lease: TaskLease) -> str:
        return lease.task.task_path


@admin.register(Schedule)
class ScheduleAdmin(admin.ModelAdmin):
    list_display = ("name", "cron", "is_paused", "last_run_at", "last_outcome", "next_run_at")
    list_filter = ("is_paused", "last_outcome")
    actions = ("run_now", "pause", "resume")
    fields = (
        "name", "task_path", "cron", "declared_cron", "is_paused",
        "last_run_at", "last_outcome", "last_error", "next_run_at",
    )  # fmt: skip
    readonly_fields = (
        "name", "task_path", "declared_cron", "last_run_at", "last_outcome", "last_error",
        "next_run_at",
    )  # fmt: skip

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def save_model(
        self, request: HttpRequest, obj: Schedule, form: ModelForm, change: bool
    ) -> None:
        schedules.reschedule(obj)

    @admin.action(description=_("Run now"), permissions=["change"])
    def run_now(self, request: HttpRequest, chosen: QuerySet[Schedule]) -> None:
        for schedule in chosen:
            schedules.run_now(schedule)
        count = len(chosen)
        self.message_user(
            request,
            ngettext("%(n)d run was queued.", "%(n)d runs were queued.", count) % {"n": count},
        )

    @admin.action(description=_("Pause"), permissions=["change"])
    def pause(self, request: HttpRequest, chosen: QuerySet[Schedule]) -> None:
        chosen.update(is_paused=True)

    @admin.action(description=_("Resume"), permissions=["change"])
    def resume(self, request: HttpRequest, chosen: QuerySet[Schedule]) -> None:
        for schedule in chosen:
            schedule.is_paused = False
            schedules.reschedule(schedule)
