"""Sign-in by a code sent to a campus address.

allauth's process with one difference: it treats known and unknown addresses alike. The code is
sent to either, and the account is looked up, or made, only when the right code comes back. So
nobody can make accounts for the addresses of others, and nothing tells who has one.
"""

import time
from typing import Self

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.account.models import Login
from allauth.account.stages import LoginByCodeStage, LoginStageController
from django.http import HttpRequest, HttpResponse

from accounts import campus, identity


class CodeSignIn(LoginCodeVerificationProcess):
    """A code on its way; kept in the session of the browser that asked for it."""

    @classmethod
    def begin(cls, request: HttpRequest, email: str) -> Self:
        """Send a code to `email`; raise OSError when the mail server does not take it."""
        login = Login(email=email)
        login.state["stages"] = {"current": LoginByCodeStage.key}
        stage = LoginByCodeStage(LoginStageController(request, login), request, login)
        stage.state.update(cls.initial_state(user=None, email=email), initiated_by_user=True)
        process = cls(stage)
        process.send()
        process.persist()
        return process

    @classmethod
    def resume(cls, stage: LoginByCodeStage) -> Self | None:
        """The process of this browser; None when the code is too old, which ends it."""
        return cls(stage).abort_if_invalid()

    @property
    def email(self) -> str:
        return self.state["email"]

    def resend(self) -> None:
        """Send another code, good for the full time; raise OSError as `begin` does."""
        self.state["at"] = time.time()
        super().resend()

    def send_by_email(self, email: str, skip_enumeration_mails: bool = False) -> None:
        context = {
            "campus": campus.load(),  # the subject is drawn without a request
            "code": self.generate_code(),
            "minutes": app_settings.LOGIN_BY_CODE_TIMEOUT // 60,
        }
        get_adapter().send_mail("account/email/login_code", email, context)

    def finish(self, redirect_url: str | None) -> HttpResponse:
        """Sign the person in, in a new session, and lead on."""
        user = identity.by_address(self.email)
        record_authentication(self.request, user, method="code", email=self.email)
        return perform_login(
            self.request, Login(user=user, redirect_url=redirect_url, email=self.email)
        )
