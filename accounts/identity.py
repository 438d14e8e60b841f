"""Whose account a sign-in opens.

Google's subject is the identity: it is bound at the first sign-in and stays, while the address
may change. An address alone opens an account only by a code sent to it.

    HeldForAdmin      a known address arrived with another subject; nothing was linked
    AlreadyDecided    a held sign-in that is no longer waiting
"""

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Decision, HeldSignIn, User


class HeldForAdmin(Exception):
    """The sign-in waits for an admin's decision; `held` is its row."""

    def __init__(self, held: HeldSignIn) -> None:
        super().__init__(f"held sign-in {held.pk}")
        self.held = held


class AlreadyDecided(Exception):
    """Somebody accepted or declined this sign-in before."""


def claim(email: str, google_subject: str) -> User:
    """The account of a verified Google identity, made or bound when it is new here.

    Call it outside a transaction: the row of a held sign-in must outlive the error.
    Raises HeldForAdmin, and ValueError for an empty subject.
    """
    if not google_subject:
        raise ValueError("a Google identity without a subject")
    bound = User.objects.filter(google_subject=google_subject).first()
    if bound:
        return _follow_address(bound, email)
    return _bind(by_address(email), google_subject)


def by_address(email: str) -> User:
    """The account of an address that is proven to be theirs, made when there is none."""
    try:
        return User.objects.get_by_natural_key(email)
    except User.DoesNotExist:
        return _create(email)


def _create(email: str) -> User:
    try:
        with transaction.atomic():
            return User.objects.create_user(email)
    except IntegrityError:  # made by another request since we looked
        return User.objects.get_by_natural_key(email)


def _bind(user: User, google_subject: str) -> User:
    User.objects.filter(pk=user.pk, google_subject=None).update(google_subject=google_subject)
    user.refresh_from_db()
    if user.google_subject != google_subject:
        raise HeldForAdmin(_hold(user, google_subject))
    return user


def _follow_address(user: User, email: str) -> User:
    if user.email.lower() == email.lower():
        return user
    try:
        with transaction.atomic():
            User.objects.filter(pk=user.pk).update(email=email)
    except IntegrityError:
        other = User.objects.get_by_natural_key(email)
        raise HeldForAdmin(_hold(other, str(user.google_subject))) from None
    user.email = email
    return user


def _hold(user: User, google_subject: str) -> HeldSignIn:
    held, _ = HeldSignIn.objects.get_or_create(user=user, google_subject=google_subject)
    return held


@transaction.atomic
def accept(held: HeldSignIn, *, by: User) -> None:
    """Let the held subject open the account, and no other; raise AlreadyDecided."""
    _decide(held, Decision.ACCEPTED, by=by)
    User.objects.filter(google_subject=held.google_subject).update(google_subject=None)
    User.objects.filter(pk=held.user_id).update(google_subject=held.google_subject)


@transaction.atomic
def decline(held: HeldSignIn, *, by: User) -> None:
    """Keep the account as it is; the subject stays shut out. Raises AlreadyDecided."""
    _decide(held, Decision.DECLINED, by=by)


def _decide(held: HeldSignIn, decision: Decision, *, by: User) -> None:
    waiting = HeldSignIn.objects.filter(pk=held.pk, decision=Decision.WAITING)
    if not waiting.update(decision=decision, decided_at=timezone.now(), decided_by=by):
        raise AlreadyDecided(str(held.pk))
    held.refresh_from_db()
