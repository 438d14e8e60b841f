"""Who is asking."""

from typing import ClassVar

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Theme(models.TextChoices):
    SYSTEM = "system", _("Follow my device")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, **fields: object) -> "User":
        """Make an account that signs in by code or by Google; it never has a password."""
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_unusable_password()
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, **fields: object) -> "User":
        return self.create_user(email, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, email: str | None) -> "User":
        """The account of an address, whatever its case; found by the constraint's own index."""
        return self.alias(address=Lower("email")).get(address=(email or "").lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person, identified by this row's id; the address may change, the id never does."""

    email = models.EmailField(_("email address"), max_length=254)
    google_subject = models.CharField(
        _("Google subject"),
        max_length=255,
        null=True,
        blank=True,
        unique=True,
        help_text=_("Google's own id of this person, bound at the first sign-in."),
    )
    name = models.CharField(_("name"), max_length=150, blank=True)
    is_staff = models.BooleanField(_("may open the back office"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    theme = models.CharField(_("theme"), max_length=6, choices=Theme.choices, default=Theme.SYSTEM)
    joined_at = models.DateTimeField(_("joined at"), default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = (
            models.UniqueConstraint(
                Lower("email"),
                name="accounts_user_email_unique",
                violation_error_message=_("This address already has an account."),
            ),
        )

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def first_name(self) -> str:
        """The word to greet this person with."""
        return self.name.split(" ")[0] if self.name else self.email.split("@")[0]

    @property
    def initial(self) -> str:
        return str(self)[:1].upper()


class Decision(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")


class HeldSignIn(models.Model):
    """A known address that arrived with another Google subject; an admin decides.

    `user` is the account of that address. `decided_at` is empty exactly while it waits.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="held_sign_ins")
    google_subject = models.CharField(_("Google subject"), max_length=255)
    held_at = models.DateTimeField(_("held at"), default=timezone.now, editable=False)
    decision = models.CharField(
        _("decision"), max_length=8, choices=Decision.choices, default=Decision.WAITING
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        User,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )

    class Meta:
        verbose_name = _("held sign-in")
        verbose_name_plural = _("held sign-ins")
        constraints = (
            models.UniqueConstraint(
                fields=["user", "google_subject"], name="accounts_heldsignin_once"
            ),
            models.CheckConstraint(
                condition=models.Q(decision="waiting", decided_at=None)
                | (~models.Q(decision="waiting") & models.Q(decided_at__isnull=False)),
                name="accounts_heldsignin_decided",
            ),
        )

    def __str__(self) -> str:
        return f"{self.user_id} {self.held_at:%Y-%m-%d}"
