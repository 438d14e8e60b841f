"""Secrets that were taken out of a question: what to say first, and the words that are left."""

import re

from django.utils.translation import gettext as _

from accounts.redaction.spans import Kind

MARKER = re.compile("|".join(re.escape(kind.marker) for kind in Kind))
TO_CHANGE = {Kind.API_KEY, Kind.PRIVATE_KEY, Kind.SESSION_TOKEN}


def without_markers(text: str) -> str:
    """The text without the markers; as it is when it holds none."""
    if not MARKER.search(text):
        return text
    return re.sub(r"[ \t]{2,}", " ", MARKER.sub(" ", text)).strip()


def lead(question: str) -> str:
    """The sentence that opens the answer, with campus placeholders; "" when none is needed."""
    removed = {kind for kind in Kind if kind.marker in question}
    if Kind.PASSWORD in removed:
        return _("You sent a password here. Change it now at {{ campus.url.password }}.")
    if Kind.ONE_TIME_CODE in removed:
        return _("You sent a sign-in code here. Never give one to anybody, us included.")
    if removed & TO_CHANGE:
        return _("You sent a secret key here. Make a new one and delete the old one.")
    return ""
