"""The people of demo mode, whose accounts open with one click."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib.auth.models import Group
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import campus
from accounts.models import User
from accounts.roles import Role

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise


@dataclass(frozen=True, slots=True)
class Persona:
    """Somebody to be in demo mode; a student has no role at the desk."""

    local_part: str
    name: str
    role: Role | None
    part: "StrPromise"  # what this person does, for the list on the sign-in page

    @property
    def email(self) -> str:
        return f"{self.local_part}@{campus.load().domain}"


CAST: Sequence[Persona] = (
    Persona("ada", "Ada Lovelace", None, _("Student, asks and follows her tickets")),
    Persona("grace", "Grace Hopper", Role.AGENT, _("Agent, answers tickets")),
    Persona("linus", "Linus Pauling", Role.LEAD, _("Lead, runs the desk")),
    Persona("margaret", "Margaret Hamilton", Role.ADMIN, _("Admin, may change everything")),
)


@transaction.atomic
def seed() -> list[Persona]:
    """Make the accounts that are missing, and return whose; existing ones stay as edited."""
    present = {email.lower() for email in User.objects.values_list("email", flat=True)}
    missing = [persona for persona in CAST if persona.email not in present]
    for persona in missing:
        _create(persona)
    return missing


def _create(persona: Persona) -> None:
    user = User.objects.create_user(
        persona.email,
        name=persona.name,
        is_staff=persona.role is not None,
        is_superuser=persona.role is Role.ADMIN,
    )
    if persona.role:
        user.groups.add(Group.objects.get(name=persona.role))
