"""Form fields that several rooms use."""

from typing import Any

from django import forms

from accounts.redaction import clean


class WrittenField(forms.CharField):
    """What a person wrote; what cannot be stored is taken out, and nobody is refused for it."""

    def to_python(self, value: Any) -> Any:
        return super().to_python(clean(value) if isinstance(value, str) else value)
