"""Whose account a Google identity opens."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts import identity
from accounts.models import Decision, HeldSignIn, User

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]


def test_the_first_sign_in_makes_the_account_and_binds_the_subject():
    user = identity.claim("new@campus.example", "google-1")

    assert user.google_subject == "google-1"
    assert user.email == "new@campus.example"
    assert not user.has_usable_password()


def test_a_known_address_is_bound_at_its_first_google_sign_in(ada):
    user = identity.claim("ADA@Campus.Example", "google-ada")

    assert user == ada
    assert User.objects.get().google_subject == "google-ada"


def test_the_same_subject_comes_back_to_the_same_account(ada):
    first = identity.claim(ada.email, "google-ada")
    second = identity.claim(ada.email, "google-ada")

    assert first == second == ada


def test_the_address_may_change_and_the_account_stays(ada):
    identity.claim(ada.email, "google-ada")

    user = identity.claim("ada.king@campus.example", "google-ada")

    assert user == ada
    assert User.objects.get().email == "ada.king@campus.example"


def test_a_known_address_with_another_subject_is_held(ada):
    identity.claim(ada.email, "google-ada")

    with pytest.raises(identity.HeldForAdmin) as held:
        identity.claim(ada.email.upper(), "google-eve")

    ada.refresh_from_db()
    assert ada.google_subject == "google-ada"
    assert held.value.held.user == ada
    assert held.value.held.google_subject == "google-eve"
    assert held.value.held.decision == Decision.WAITING


def test_arriving_again_while_held_adds_no_second_row(ada):
    identity.claim(ada.email, "google-ada")

    for _ in range(2):
        with pytest.raises(identity.HeldForAdmin):
            identity.claim(ada.email, "google-eve")

    assert HeldSignIn.objects.count() == 1


def test_a_subject_whose_new_address_is_somebody_elses_is_held(ada, eve):
    identity.claim(eve.email, "google-eve")

    with pytest.raises(identity.HeldForAdmin) as held:
        identity.claim(ada.email, "google-eve")

    assert held.value.held.user == ada
    assert User.objects.get(pk=eve.pk).email == "eve@campus.example"
    assert User.objects.get(pk=ada.pk).google_subject is None


def test_an_accepted_sign_in_opens_the_account_and_the_old_subject_does_not(ada, margaret):
    identity.claim(ada.email, "google-old")
    with pytest.raises(identity.HeldForAdmin) as held:
        identity.claim(ada.email, "google-new")

    identity.accept(held.value.held, by=margaret)

    assert identity.claim(ada.email, "google-new") == ada
    with pytest.raises(identity.HeldForAdmin):
        identity.claim(ada.email, "google-old")


def test_accepting_takes_the_subject_from_the_account_it_opened_before(ada, eve, margaret):
    identity.claim(eve.email, "google-1")
    with pytest.raises(identity.HeldForAdmin) as held:
        identity.claim(ada.email, "google-1")

    identity.accept(held.value.held, by=margaret)

    assert User.objects.get(google_subject="google-1") == ada
    assert User.objects.get(pk=eve.pk).google_subject is None


def test_a_declined_sign_in_stays_shut_out(ada, margaret):
    identity.claim(ada.email, "google-ada")
    with pytest.raises(identity.HeldForAdmin) as held:
        identity.claim(ada.email, "google-eve")

    identity.decline(held.value.held, by=margaret)

    with pytest.raises(identity.HeldForAdmin):
        identity.claim(ada.email, "google-eve")
    row = HeldSignIn.objects.get()
    assert (row.decision, row.decided_by) == (Decision.DECLINED, margaret)
    assert row.decided_at is not None


def test_a_sign_in_is_decided_once(ada, margaret, linus):
    held = HeldSignIn.objects.create(user=ada, google_subject="google-eve")
    identity.decline(held, by=margaret)

    with pytest.raises(identity.AlreadyDecided):
        identity.accept(held, by=linus)

    assert HeldSignIn.objects.get().decided_by == margaret
    assert User.objects.get(pk=ada.pk).google_subject is None


def test_an_identity_without_a_subject_is_refused(ada):
    with pytest.raises(ValueError, match="subject"):
        identity.claim(ada.email, "")


def test_an_address_is_one_account_whatever_its_case(ada):
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user("ADA@campus.example")
    with pytest.raises(ValidationError):
        User(email="Ada@Campus.Example").validate_constraints()

    assert identity.by_address("aDa@CAMPUS.example") == ada


def test_a_decision_without_its_time_is_refused_by_the_database(ada):
    with pytest.raises(IntegrityError), transaction.atomic():
        HeldSignIn.objects.create(user=ada, google_subject="g", decision=Decision.ACCEPTED)
