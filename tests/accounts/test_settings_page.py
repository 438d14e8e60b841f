"""One's own settings: name and theme."""

import pytest
from django.urls import reverse

from accounts.models import User

pytestmark = pytest.mark.django_db


def test_ada_changes_her_name(ada, client_of):
    client = client_of(ada)

    answer = client.post(reverse("accounts:settings"), {"name": "Ada King"})

    ada.refresh_from_db()
    assert answer.url == reverse("accounts:settings")
    assert ada.name == "Ada King"
    assert "Ada King" in client.get(answer.url).content.decode()


def test_nothing_but_the_name_is_taken_from_the_form(ada, eve, client_of):
    client_of(eve).post(
        reverse("accounts:settings"),
        {
            "name": "Eve",
            "email": "root@campus.example",
            "is_staff": "on",
            "is_superuser": "on",
            "id": ada.pk,
            "pk": ada.pk,
        },
    )

    eve.refresh_from_db()
    ada.refresh_from_db()
    assert (eve.name, eve.email) == ("Eve", "eve@campus.example")
    assert not eve.is_staff
    assert not eve.is_superuser
    assert (ada.name, ada.email) == ("Ada Lovelace", "ada@campus.example")


def test_a_name_too_long_is_said_and_kept_in_the_field(ada, client_of):
    answer = client_of(ada).post(reverse("accounts:settings"), {"name": "A" * 151})

    ada.refresh_from_db()
    assert answer.status_code == 422
    assert "A" * 151 in answer.content.decode()
    assert ada.name == "Ada Lovelace"


def test_a_name_is_text_and_never_markup(ada, client_of):
    client = client_of(ada)
    client.post(reverse("accounts:settings"), {"name": "<script>alert(1)</script>"})

    page = client.get(reverse("accounts:settings")).content.decode()

    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert(1)" not in page


def test_the_theme_is_kept_with_the_account(ada, eve, client_of):
    client = client_of(ada)

    answer = client.post(reverse("accounts:theme"), {"theme": "dark", "next": "/help/"})

    page = client.get(reverse("accounts:settings")).content.decode()
    assert answer.url == "/help/"
    assert User.objects.get(pk=ada.pk).theme == "dark"
    assert User.objects.get(pk=eve.pk).theme == "system"
    assert 'data-theme="dark"' in page


def test_a_guest_keeps_the_theme_in_a_cookie(client):
    client.post(reverse("accounts:theme"), {"theme": "light"})

    page = client.get(reverse("accounts:settings"))
    assert client.cookies["theme"].value == "light"
    assert page.status_code == 200
    assert 'data-theme="light"' in page.content.decode()


@pytest.mark.parametrize("theme", ["", "purple", '"><script>'])
def test_an_unknown_theme_changes_nothing(client, theme):
    answer = client.post(reverse("accounts:theme"), {"theme": theme, "next": "//evil.example"})

    assert answer.url == reverse("accounts:settings")
    assert "theme" not in client.cookies


def test_a_guest_who_saves_a_name_signs_in_first(client):
    answer = client.post(
        reverse("accounts:settings"),
        {"name": "Nobody"},
        headers={"Referer": "http://testserver/settings/"},
    )

    assert answer.url == "/sign-in/?next=%2Fsettings%2F"
    assert not User.objects.exists()
