"""What every template may use."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from accounts import campus as campus_file


def campus(request: HttpRequest) -> dict[str, Any]:
    return {"campus": campus_file.load()}


def page(request: HttpRequest) -> dict[str, Any]:
    """The mode that the banner names, and the theme that the root element carries."""
    theme = request.user.theme if request.user.is_authenticated else request.COOKIES.get("theme")
    return {"mode": settings.MODE, "theme": theme if theme in {"light", "dark"} else ""}
