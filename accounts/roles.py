"""What the staff of the desk may see in the back office, as Django's groups."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """A part at the desk; the value is the group's name. Students have none."""

    AGENT = "agent", _("Agent")
    LEAD = "lead", _("Lead")
    ADMIN = "admin", _("Admin")


READING = (
    "tickets.view_ticket",
    "tickets.view_comment",
    "knowledge.view_category",
    "knowledge.view_article",
    "knowledge.view_revision",
)
WRITING = (
    "knowledge.add_article",
    "knowledge.change_article",
    "knowledge.add_category",
    "knowledge.change_category",
)
PEOPLE = (
    "accounts.view_user",
    "accounts.change_user",
    "accounts.view_heldsignin",
    "accounts.change_heldsignin",
)
GRANTS: Mapping[Role, tuple[str, ...]] = {
    Role.AGENT: READING,
    Role.LEAD: READING + WRITING,
    Role.ADMIN: READING + WRITING + PEOPLE,
}


def seed(**_signal: Any) -> None:
    """Make the groups that are missing; what an admin changed in a group stays.

    A group waits for a later migration while a permission it grants is not there yet.
    """
    present = set(Group.objects.values_list("name", flat=True))
    for role in Role:
        if role not in present:
            _create(role)


@transaction.atomic
def _create(role: Role) -> None:
    wanted = Q()
    for name in GRANTS[role]:
        app, codename = name.split(".")
        wanted |= Q(content_type__app_label=app, codename=codename)
    permissions = Permission.objects.filter(wanted)
    if len(permissions) == len(GRANTS[role]):
        Group.objects.create(name=role).permissions.set(permissions)
