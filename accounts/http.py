"""What the web side of every room shares: the signed-in request, safe returns, expired sessions.

A form that comes too late is shown back with what the person typed; the server keeps none of it.
"""

from collections.abc import Awaitable, Callable
from urllib.parse import urlencode, urlsplit, urlunsplit

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render, resolve_url
from django.utils.cache import add_never_cache_headers
from django.utils.decorators import sync_and_async_middleware
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.middleware import HtmxDetails

from accounts.models import User

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
TYPED_FIELDS = ("subject", "title", "text", "body", "description", "note")

type View = Callable[[HttpRequest], HttpResponseBase]
type AsyncView = Callable[[HttpRequest], Awaitable[HttpResponseBase]]


class Request(HttpRequest):
    """A signed-in person's request: the type for views behind `login_required`."""

    user: User  # type: ignore[assignment]
    htmx: HtmxDetails


def is_ours(request: HttpRequest, url: str | None) -> bool:
    """Whether a browser sent to `url` stays on this host, and on HTTPS when it is there."""
    return url_has_allowed_host_and_scheme(
        url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )


def next_url(request: HttpRequest) -> str | None:
    """The page to go to afterwards, from `next` in the form or the address; None unless ours."""
    url = request.POST.get("next") or request.GET.get("next")
    return url if is_ours(request, url) else None


def with_next(address: str, url: str | None) -> str:
    """`address`, a path or the name of one, that leads on to `url`."""
    path = resolve_url(address)
    return f"{path}?{urlencode({'next': url})}" if url else path


@sync_and_async_middleware
def return_after_sign_in(get_response: View | AsyncView) -> View | AsyncView:
    """After an expired session, lead back to the page the person was on.

    `login_required` leads back to the refused address, which for a fragment or a form is no page.
    htmx would also draw the sign-in page into the fragment's place, so it gets `HX-Redirect`.
    """
    if iscoroutinefunction(get_response):

        async def async_middleware(request: HttpRequest) -> HttpResponseBase:
            response = await get_response(request)  # type: ignore[misc]
            if _refuses_for_sign_in(request, response):
                return await sync_to_async(_lead_back)(request, response)
            return response

        return async_middleware

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase = get_response(request)  # type: ignore[assignment]
        if _refuses_for_sign_in(request, response):
            return _lead_back(request, response)
        return response

    return middleware


def _lead_back(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    htmx: HtmxDetails = request.htmx  # type: ignore[attr-defined]
    if htmx:
        page = with_next("accounts:sign_in", htmx.current_url_abs_path)
        return HttpResponse(status=204, headers={"HX-Redirect": page})
    if request.method in SAFE_METHODS:
        return response
    sign_in = with_next("accounts:sign_in", _referring_page(request))
    if typed := typed_in(request):
        return _give_back(request, "accounts/expired.html", typed, sign_in=sign_in, status=401)
    return HttpResponseRedirect(sign_in)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Refuse a form whose token is not ours; what was typed on a page of ours is given back."""
    is_ours = request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"
    typed = typed_in(request) if is_ours else ""
    return _give_back(request, "403_csrf.html", typed, status=403)


def typed_in(request: HttpRequest) -> str:
    """What the person wrote in a form, for them to copy; empty when it was nothing."""
    fields = (request.POST.get(name, "").strip() for name in TYPED_FIELDS)
    return "\n\n".join(filter(None, fields))


def _give_back(
    request: HttpRequest, template: str, typed: str, *, status: int, sign_in: str = ""
) -> HttpResponse:
    context = {"typed": typed, "sign_in": sign_in}
    response = render(request, template, context, status=status)
    add_never_cache_headers(response)
    return response


def _refuses_for_sign_in(request: HttpRequest, response: HttpResponseBase) -> bool:
    if not isinstance(response, HttpResponseRedirect):
        return False
    target = urlsplit(response.url)
    leads_to_sign_in = target.path == resolve_url("accounts:sign_in")
    return leads_to_sign_in and QueryDict(target.query).get("next") == request.get_full_path()


def _referring_page(request: HttpRequest) -> str | None:
    url = request.headers.get("Referer", "")
    parts = urlsplit(url)
    return urlunsplit(("", "", *parts[2:])) if is_ours(request, url) else None
