"""What people write on tickets, checked before a verb sees it."""

from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _

from accounts.fields import WrittenField

SUBJECT_CHARS = 120
DESCRIPTION_CHARS = 8000
COMMENT_CHARS = 4000

TOO_LONG = _("That’s %(show_value)d characters, and %(limit_value)d fit. Your text is still here.")


def _at_most(chars: int) -> MaxLengthValidator:
    """A limit that the browser does not enforce: it would cut a pasted text off silently."""
    return MaxLengthValidator(chars, TOO_LONG)


class CommentForm(forms.Form):
    body = WrittenField(
        label=_("Your reply"),
        validators=[_at_most(COMMENT_CHARS)],
        error_messages={"required": _("Write something first.")},
        widget=forms.Textarea({"rows": 1}),
    )


class TicketForm(forms.Form):
    subject = WrittenField(
        label=_("What’s not working?"),
        validators=[_at_most(SUBJECT_CHARS)],
        help_text=_("In a few words, such as “Printer in the library takes no card”."),
        error_messages={"required": _("Say in a few words what’s not working.")},
        widget=forms.TextInput({"class": "input", "autocomplete": "off"}),
    )
    description = WrittenField(
        label=_("What happened?"),
        validators=[_at_most(DESCRIPTION_CHARS)],
        help_text=_("Where, since when, on which device, and the exact message. Never a password."),
        error_messages={"required": _("Tell us what happened, so a person can help at once.")},
        widget=forms.Textarea({"class": "input", "rows": 6}),
    )


class AnswerForm(forms.Form):
    """What the desk writes: the same text field for a reply, a note and a resolution."""

    body = WrittenField(
        validators=[_at_most(COMMENT_CHARS)],
        error_messages={"required": _("Write something first.")},
        widget=forms.Textarea({"rows": 5, "cols": 80, "class": "vLargeTextField"}),
    )


class ResolutionForm(AnswerForm):
    """A last word is welcome and not demanded."""

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["body"].required = False
