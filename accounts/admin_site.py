"""The back office: Django's admin behind our own sign-in."""

from typing import Any

from django.contrib.admin import AdminSite
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.http import next_url, with_next


class BackOffice(AdminSite):
    site_title = site_header = _("Campus Helpdesk")  # type: ignore[assignment]
    index_title = _("Back office")  # type: ignore[assignment]

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead to our sign-in; a signed-in person without the right gets 404."""
        page = next_url(request) or reverse("admin:index")
        if self.has_permission(request):
            return HttpResponseRedirect(page)
        if request.user.is_authenticated:
            raise Http404
        return HttpResponseRedirect(with_next("accounts:sign_in", page))

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Nobody here has a password."""
        raise Http404
