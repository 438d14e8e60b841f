"""What readers send: a search, an answer to "did this solve it?"."""

from django import forms
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _

from accounts.fields import WrittenField

QUERY_CHARS = 200
NOTE_CHARS = 1000


class SearchForm(forms.Form):
    q = WrittenField(
        label=_("Search the help centre"),
        max_length=QUERY_CHARS,
        required=False,
        error_messages={
            "max_length": _("That’s too long to search for. A few words are enough."),
        },
    )


class RatingForm(forms.Form):
    helpful = forms.TypedChoiceField(
        choices=[("yes", _("Yes")), ("no", _("No"))], coerce=lambda answer: answer == "yes"
    )
    note = WrittenField(
        label=_("What was missing or wrong?"),
        required=False,
        widget=forms.Textarea({"class": "input", "rows": 3}),
        # Not `max_length`: the browser would cut a pasted text off silently.
        validators=[
            MaxLengthValidator(
                NOTE_CHARS,
                _(
                    "That’s %(show_value)d characters, and a note holds %(limit_value)d. "
                    "Your text is still here."
                ),
            )
        ],
    )
