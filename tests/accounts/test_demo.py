"""The demo accounts and the list that opens them."""

from io import StringIO

import pytest
from django.contrib.auth import SESSION_KEY
from django.core.management import CommandError, call_command
from django.urls import reverse

from accounts import campus, demo
from accounts.models import User

pytestmark = pytest.mark.django_db


def test_seeding_makes_the_cast_with_their_roles():
    call_command("seed_demo", stdout=StringIO())

    ada, grace, linus, margaret = User.objects.order_by("email")
    assert [user.email for user in (ada, grace, linus, margaret)] == [p.email for p in demo.CAST]
    assert ada.email == f"ada@{campus.load().domain}"
    assert not ada.is_staff
    assert not ada.groups.exists()
    assert [user.groups.get().name for user in (grace, linus, margaret)] == [
        "agent",
        "lead",
        "admin",
    ]
    assert all(user.is_staff for user in (grace, linus, margaret))
    assert [user.is_superuser for user in (grace, linus, margaret)] == [False, False, True]


def test_preparing_leaves_the_list_of_accounts_to_the_start(capfd, settings, tmp_path):
    settings.STATIC_ROOT = tmp_path

    call_command("prepare")

    assert "Ada Lovelace" not in capfd.readouterr().out
    assert User.objects.filter(email=demo.CAST[0].email).exists()


def test_seeding_again_keeps_what_was_edited(django_assert_max_num_queries):
    call_command("seed_demo", stdout=StringIO())
    User.objects.filter(email=demo.CAST[0].email).update(name="Countess of Lovelace", theme="dark")

    with django_assert_max_num_queries(4):
        made = demo.seed()

    ada = User.objects.get(email=demo.CAST[0].email)
    assert made == []
    assert (ada.name, ada.theme) == ("Countess of Lovelace", "dark")


def test_seeding_is_refused_outside_demo_mode(settings):
    settings.IS_DEMO = False

    with pytest.raises(CommandError):
        call_command("seed_demo")

    assert not User.objects.exists()


def test_one_click_opens_a_demo_account(client):
    demo.seed()

    page = client.get(reverse("accounts:sign_in"))
    answer = client.post(reverse("accounts:demo"), {"email": demo.CAST[1].email, "next": "/admin/"})

    assert all(persona.email in page.content.decode() for persona in demo.CAST)
    assert answer.url == "/admin/"
    assert client.session[SESSION_KEY] == str(User.objects.get(name="Grace Hopper").pk)


def test_outside_demo_mode_there_is_no_list_and_no_page(client, settings):
    demo.seed()
    settings.IS_DEMO = False

    page = client.get(reverse("accounts:sign_in"))
    answer = client.post(reverse("accounts:demo"), {"email": demo.CAST[0].email})

    assert "Ada Lovelace" not in page.content.decode()
    assert answer.status_code == 404
    assert SESSION_KEY not in client.session


def test_a_real_account_is_no_demo_account(client, eve):
    answer = client.post(reverse("accounts:demo"), {"email": eve.email})

    assert answer.status_code == 404
    assert SESSION_KEY not in client.session


def test_the_demo_page_takes_a_post_only(client):
    assert client.get(reverse("accounts:demo")).status_code == 405
