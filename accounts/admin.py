from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts import identity
from accounts.models import HeldSignIn, User

POWERS = ("is_staff", "is_superuser", "groups", "user_permissions")


@admin.register(User)
class UserAdmin(admin.ModelAdmin[User]):
    list_display = ("email", "name", "roles", "is_staff", "is_active", "joined_at")
    list_filter = ("is_staff", "is_active", "groups")
    search_fields = ("email", "name")
    ordering = ("email",)
    show_full_result_count = False
    readonly_fields = ("google_subject", "joined_at", "last_login")
    filter_horizontal = ("groups", "user_permissions")
    fieldsets = (
        (None, {"fields": ("email", "name", "is_active")}),
        (_("At the desk"), {"fields": POWERS}),
        (_("Sign-in"), {"fields": ("google_subject", "joined_at", "last_login")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups")

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Only a superuser hands out powers, or nobody could be kept from taking them."""
        powers = () if request.user.is_superuser else POWERS
        return (*self.readonly_fields, *powers)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """A superuser's address opens a superuser's account: only their own kind may change it."""
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or not obj.is_superuser or request.user.is_superuser)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)

    @admin.display(description=_("roles"))
    def roles(self, user: User) -> str:
        return ", ".join(group.name for group in user.groups.all())


@admin.register(HeldSignIn)
class HeldSignInAdmin(admin.ModelAdmin[HeldSignIn]):
    """A decision is made by the actions and never edited."""

    list_display = ("user", "google_subject", "held_at", "decision", "decided_at", "decided_by")
    list_filter = ("decision",)
    list_select_related = ("user", "decided_by")
    search_fields = ("user__email", "user__name", "google_subject")
    ordering = ("-held_at",)
    show_full_result_count = False
    actions = ("accept", "decline")

    def get_queryset(self, request: HttpRequest) -> QuerySet[HeldSignIn]:
        """What would open a superuser's account is shown to superusers alone."""
        rows = super().get_queryset(request)
        return rows if request.user.is_superuser else rows.filter(user__is_superuser=False)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: HeldSignIn | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: HeldSignIn | None = None) -> bool:
        return False

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.change_heldsignin")

    @admin.action(description=_("Accept: this Google account opens it"), permissions=["decide"])
    def accept(self, request: HttpRequest, queryset: QuerySet[HeldSignIn]) -> None:
        self._decide(request, queryset, identity.accept)

    @admin.action(description=_("Decline: keep it shut out"), permissions=["decide"])
    def decline(self, request: HttpRequest, queryset: QuerySet[HeldSignIn]) -> None:
        self._decide(request, queryset, identity.decline)

    def _decide(self, request: HttpRequest, queryset: QuerySet[HeldSignIn], verb: Any) -> None:
        decided = 0
        for held in queryset:
            try:
                verb(held, by=request.user)
            except identity.AlreadyDecided:
                continue
            decided += 1
        words = ngettext("%d sign-in decided.", "%d sign-ins decided.", decided) % decided
        level = messages.SUCCESS if decided == len(queryset) else messages.WARNING
        self.message_user(request, words, level)
