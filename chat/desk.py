"""When a person at the desk answers, as an assistant promises it."""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts import campus
from tickets import standing


def a_person_answers(now: datetime) -> str:
    """How soon, as a sentence; while the desk is closed, when it opens in campus time."""
    return standing.opening(now) or campus.fill_in(
        _("A person usually answers within {{ campus.desk.first_answer }}.")
    )
