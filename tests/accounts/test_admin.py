"""The back office: who gets in, and what is decided there."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from accounts import roles
from accounts.models import Decision, HeldSignIn, User

pytestmark = pytest.mark.django_db

PEOPLE = "admin:accounts_user_changelist"
HELD = "admin:accounts_heldsignin_changelist"


@pytest.fixture
def admin(db) -> User:
    """Somebody of the admin group who is no superuser."""
    user = User.objects.create_user("katherine@campus.example", is_staff=True)
    user.groups.add(Group.objects.get(name="admin"))
    return user


def decide(client, held: HeldSignIn, action: str):
    return client.post(reverse(HELD), {"action": action, "_selected_action": [held.pk]})


def test_a_guest_is_led_to_our_sign_in_page_and_back(client):
    answer = client.get(reverse(PEOPLE), follow=True)

    assert answer.redirect_chain[-1][0] == "/sign-in/?next=%2Fadmin%2Faccounts%2Fuser%2F"


def test_there_is_no_password_form_in_the_back_office(client, margaret, client_of):
    guest = client.post(reverse("admin:login"), {"username": margaret.email, "password": "x"})

    assert guest.url.startswith("/sign-in/")
    assert client_of(margaret).get(reverse("admin:password_change")).status_code == 404


def test_eve_finds_nothing_there(eve, client_of):
    assert client_of(eve).get(reverse("admin:index"), follow=True).status_code == 404


@pytest.mark.parametrize("name", ["agent", "lead", "admin"])
def test_every_role_opens_the_index(eve, client_of, name):
    eve.is_staff = True
    eve.save()
    eve.groups.add(Group.objects.get(name=name))

    assert client_of(eve).get(reverse("admin:index")).status_code == 200


def test_agents_read_tickets_and_articles_and_not_people(eve, client_of):
    eve.is_staff = True
    eve.save()
    eve.groups.add(Group.objects.get(name="agent"))

    assert eve.has_perms(["tickets.view_ticket", "knowledge.view_article"])
    assert not eve.has_perm("tickets.change_ticket")
    assert client_of(eve).get(reverse(PEOPLE)).status_code == 403
    assert client_of(eve).get(reverse(HELD)).status_code == 403


def test_a_role_that_an_admin_changed_stays_changed():
    agents = Group.objects.get(name="agent")
    agents.permissions.clear()

    roles.seed()

    assert not agents.permissions.exists()


def test_margaret_adds_a_person_without_a_password(margaret, client_of):
    answer = client_of(margaret).post(
        reverse("admin:accounts_user_add"),
        {"email": "new@campus.example", "name": "New", "is_active": "on"},
    )

    assert answer.status_code == 302
    assert not User.objects.get(email="new@campus.example").has_usable_password()


def test_an_admin_cannot_take_a_superuser_s_powers(admin, margaret, client_of):
    own = reverse("admin:accounts_user_change", args=[admin.pk])
    hers = reverse("admin:accounts_user_change", args=[margaret.pk])
    form = {"email": admin.email, "is_active": "on", "is_staff": "on", "is_superuser": "on"}

    client_of(admin).post(own, form)
    refused = client_of(admin).post(hers, {**form, "email": "mine@campus.example"})

    admin.refresh_from_db()
    margaret.refresh_from_db()
    assert not admin.is_superuser
    assert refused.status_code == 403
    assert margaret.email == "margaret@campus.example"


def test_margaret_accepts_a_held_sign_in(ada, margaret, client_of):
    held = HeldSignIn.objects.create(user=ada, google_subject="google-new")

    decide(client_of(margaret), held, "accept")

    held.refresh_from_db()
    ada.refresh_from_db()
    assert (held.decision, held.decided_by) == (Decision.ACCEPTED, margaret)
    assert ada.google_subject == "google-new"


def test_an_admin_declines_a_held_sign_in(ada, admin, client_of):
    held = HeldSignIn.objects.create(user=ada, google_subject="google-new")

    decide(client_of(admin), held, "decline")

    held.refresh_from_db()
    ada.refresh_from_db()
    assert held.decision == Decision.DECLINED
    assert ada.google_subject is None


def test_an_admin_does_not_hand_out_a_superuser_s_account(margaret, admin, client_of):
    held = HeldSignIn.objects.create(user=margaret, google_subject="google-mine")

    decide(client_of(admin), held, "accept")

    margaret.refresh_from_db()
    assert margaret.google_subject is None


def test_an_agent_decides_nothing(ada, eve, client_of):
    eve.is_staff = True
    eve.save()
    eve.groups.add(Group.objects.get(name="agent"))
    held = HeldSignIn.objects.create(user=ada, google_subject="google-eve")

    answer = decide(client_of(eve), held, "accept")

    ada.refresh_from_db()
    assert answer.status_code == 403
    assert ada.google_subject is None


def test_the_lists_are_drawn_with_few_queries(
    ada, eve, grace, margaret, client_of, django_assert_max_num_queries
):
    HeldSignIn.objects.create(user=ada, google_subject="google-1")
    HeldSignIn.objects.create(user=eve, google_subject="google-2")
    client = client_of(margaret)

    with django_assert_max_num_queries(12):
        people = client.get(reverse(PEOPLE))
    with django_assert_max_num_queries(12):
        held = client.get(reverse(HELD))

    assert "ada@campus.example" in people.content.decode()
    assert "google-2" in held.content.decode()
