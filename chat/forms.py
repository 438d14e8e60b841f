"""What a page may send, over HTTP and over the socket alike."""

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator, RegexValidator
from django.utils.translation import gettext as _

from chat.models import Reason


class TypedText(forms.CharField):
    """Text as a person typed it; what may not be stored is taken out by the verb, not refused."""

    def __init__(self, **options: object) -> None:
        super().__init__(required=False, strip=False, **options)  # type: ignore[arg-type]
        self.validators = [
            check
            for check in self.validators
            if not isinstance(check, ProhibitNullCharactersValidator)
        ]

    def to_python(self, value: object) -> str:
        """Text as it is; a frame's list or number is no text."""
        if value is not None and not isinstance(value, str):
            raise ValidationError(_("That is no text."), code="invalid")
        return super().to_python(value) or ""


class AskForm(forms.Form):
    text = TypedText(widget=forms.Textarea)
    client_key = forms.CharField(
        required=False, max_length=64, validators=[RegexValidator(r"^[A-Za-z0-9-]*\Z")]
    )


class EditForm(forms.Form):
    text = TypedText(widget=forms.Textarea)


class RateForm(forms.Form):
    verdict = forms.ChoiceField(choices=[("up", "up"), ("down", "down")])
    reason = forms.ChoiceField(choices=[("", ""), *Reason.choices], required=False)
    note = TypedText(widget=forms.Textarea, max_length=2000)


class RenameForm(forms.Form):
    title = TypedText(max_length=200)


class DraftForm(forms.Form):
    text = TypedText(widget=forms.Textarea)


class SearchForm(forms.Form):
    q = forms.CharField(required=False, max_length=200)


class BeforeForm(forms.Form):
    """The message whose earlier ones are asked for."""

    before = forms.IntegerField(min_value=1)


class HaveForm(forms.Form):
    """What a page says it shows already."""

    revision = forms.IntegerField(required=False, min_value=-1)
    completion = forms.IntegerField(required=False, min_value=0)
    sequence = forms.IntegerField(required=False, min_value=0)


class AckForm(forms.Form):
    frames = forms.IntegerField(min_value=0)
