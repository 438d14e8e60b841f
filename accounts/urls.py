"""Signing in and out, and one's own settings.

allauth looks its pages up by names of its own; they lead to ours. No other page of it is routed.
"""

from django.urls import include, path

from accounts import views

ours = [
    path("sign-in/", views.sign_in, name="sign_in"),
    path("sign-in/code/", views.enter_code, name="enter_code"),
    path("sign-in/code/again/", views.resend_code, name="resend_code"),
    path("sign-in/demo/", views.demo_sign_in, name="demo"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("settings/", views.settings_page, name="settings"),
    path("theme/", views.theme, name="theme"),
]
urlpatterns = [
    path("", include((ours, "accounts"))),
    path("sign-in/", views.sign_in, name="account_login"),
    path("sign-in/", views.sign_in, name="account_request_login_code"),
    path("sign-in/code/", views.enter_code, name="account_confirm_login_code"),
    path("sign-in/closed/", views.closed, name="account_inactive"),
]
