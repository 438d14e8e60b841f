"""The sign-in pages and one's own settings."""

from allauth.account.internal.decorators import login_stage_required
from allauth.account.stages import LoginByCodeStage
from django.conf import settings
from django.contrib import auth, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts import demo
from accounts.codes import CodeSignIn
from accounts.forms import CodeForm, NameForm, SignInForm, ThemeForm
from accounts.http import next_url, with_next
from accounts.models import User

THEME_COOKIE_AGE_S = 365 * 24 * 60 * 60

after_sending_a_code = login_stage_required(
    stage=LoginByCodeStage.key, redirect_urlname="accounts:sign_in"
)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for the campus address and send a code to it."""
    if request.user.is_authenticated:
        return redirect(_page_after(request))
    form = SignInForm(request.POST or None, request=request)
    if form.is_valid() and _sent(form):
        return redirect(with_next("accounts:enter_code", next_url(request)))
    context = {
        "form": form,
        "next": next_url(request),
        "cast": demo.CAST if settings.IS_DEMO else (),
    }
    return render(request, "accounts/sign_in.html", context, status=422 if form.errors else 200)


def _sent(form: SignInForm) -> bool:
    try:
        CodeSignIn.begin(form.request, form.cleaned_data["email"])
    except OSError:
        form.add_error(None, _("The code could not be sent. Try again in a minute."))
        return False
    return True


@after_sending_a_code
@require_http_methods(["GET", "HEAD", "POST"])
def enter_code(request: HttpRequest) -> HttpResponse:
    """Take the code from the mail and let the person in."""
    process = CodeSignIn.resume(request._login_stage)  # type: ignore[attr-defined]
    if process is None:
        return _start_again(request, _("That code is too old. Ask for a new one."))
    form = CodeForm(request.POST or None, code=process.code)
    if form.is_valid():
        return process.finish(_page_after(request))
    if form.is_bound and not process.record_invalid_attempt():
        return _start_again(request, _("That code didn’t match five times. Ask for a new one."))
    context = {
        "form": form,
        "process": process,
        "next": next_url(request),
        "start_again": with_next("accounts:sign_in", next_url(request)),
    }
    return render(request, "accounts/code.html", context, status=422 if form.errors else 200)


@require_POST
@after_sending_a_code
def resend_code(request: HttpRequest) -> HttpResponse:
    process = CodeSignIn.resume(request._login_stage)  # type: ignore[attr-defined]
    if process is None:
        return _start_again(request, _("That code is too old. Ask for a new one."))
    if process.can_resend:
        _resend(request, process)
    return redirect(with_next("accounts:enter_code", next_url(request)))


def _resend(request: HttpRequest, process: CodeSignIn) -> None:
    try:
        process.resend()
    except OSError:
        messages.error(request, _("The code could not be sent. Try again in a minute."))
    else:
        messages.success(request, _("A new code is on its way. The one before no longer works."))


def _start_again(request: HttpRequest, why: str) -> HttpResponse:
    messages.error(request, why)
    return redirect(with_next("accounts:sign_in", next_url(request)))


def _page_after(request: HttpRequest) -> str:
    return next_url(request) or resolve_url(settings.LOGIN_REDIRECT_URL)


def closed(request: HttpRequest) -> HttpResponse:
    """Tell the owner of a deactivated account whom to ask."""
    return render(request, "accounts/closed.html", status=403)


@require_POST
def demo_sign_in(request: HttpRequest) -> HttpResponse:
    """Become one of the demo people; 404 outside demo mode and for anybody else's account."""
    cast = {persona.email for persona in demo.CAST} if settings.IS_DEMO else set()
    email = request.POST.get("email", "")
    if email not in cast:
        raise Http404
    auth.login(request, get_object_or_404(User, email=email, is_active=True))
    return redirect(_page_after(request))


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session, and have the browser forget drafts: others may use this computer next."""
    auth.logout(request)
    response = redirect(settings.LOGOUT_REDIRECT_URL)
    response["Clear-Site-Data"] = '"storage"'
    return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def settings_page(request: HttpRequest) -> HttpResponse:
    """One's name and the theme; a guest has only the theme."""
    if not request.user.is_authenticated:
        return _guest_settings(request)
    form = NameForm(request.POST or None, instance=request.user)
    if form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("accounts:settings")
    return render(
        request, "accounts/settings.html", {"form": form}, status=422 if form.errors else 200
    )


def _guest_settings(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        return HttpResponseRedirect(with_next("accounts:sign_in", request.get_full_path()))
    return render(request, "accounts/settings.html")


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Keep the chosen theme on this device, and with the account of a signed-in person."""
    form = ThemeForm(request.POST)
    response = redirect(next_url(request) or "accounts:settings")
    if not form.is_valid():
        return response
    chosen = form.cleaned_data["theme"]
    if request.user.is_authenticated:
        User.objects.filter(pk=request.user.pk).update(theme=chosen)
    response.set_cookie(
        "theme", chosen, THEME_COOKIE_AGE_S, secure=settings.SESSION_COOKIE_SECURE, samesite="Lax"
    )
    return response
