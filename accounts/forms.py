"""What people fill in to sign in and to set their account up."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import ConfirmLoginCodeForm
from allauth.core import ratelimit
from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts import campus
from accounts.models import Theme, User


class SignInForm(forms.Form):
    """A campus address that may be sent a code now; sending is limited by address and by caller."""

    email = forms.EmailField(
        label=_("Campus address"),
        max_length=254,
        error_messages={"invalid": _("That isn’t a full address. It looks like name@…")},
        widget=forms.EmailInput(
            attrs={"class": "input", "autocomplete": "email", "autocapitalize": "none"}
        ),
    )

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        self.fields["email"].widget.attrs["placeholder"] = f"you@{campus.load().domain}"

    def full_clean(self) -> None:
        """Check as usual; after an error the field has the focus."""
        super().full_clean()
        if self.errors:
            self.fields["email"].widget.attrs["autofocus"] = True

    def clean_email(self) -> str:
        email = self.cleaned_data["email"].lower()
        domain = campus.load().domain
        if email.rpartition("@")[2] != domain.lower():
            message = _("That’s a personal account. Use the one that ends in @%(domain)s.")
            raise ValidationError(message, code="personal", params={"domain": domain})
        if not ratelimit.consume(self.request, action="request_login_code", key=email):
            raise get_adapter().validation_error("rate_limited")
        return email


class CodeForm(ConfirmLoginCodeForm):
    """The code from the mail; spaces and dashes do not matter."""

    code = forms.CharField(
        label=_("Code from the mail"),
        max_length=20,
        widget=forms.TextInput(
            attrs={
                "class": "input",
                "autocomplete": "one-time-code",
                "inputmode": "numeric",
                "autofocus": True,
                "spellcheck": "false",
            }
        ),
    )


class NameForm(forms.ModelForm[User]):
    class Meta:
        model = User
        fields = ("name",)
        labels = {"name": _("Your name")}
        help_texts = {"name": _("The desk greets you by it, and it stands on your tickets.")}
        widgets = {"name": forms.TextInput(attrs={"class": "input", "autocomplete": "name"})}


class ThemeForm(forms.Form):
    theme = forms.ChoiceField(choices=Theme.choices)
