"""One `User`, found by e-mail, username or phone.

E-mail and username are stored in lower case, so that they are compared as they are; an absent identifier is NULL.
"""

from datetime import timedelta
from typing import Any, ClassVar

import pgtrigger
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from freehold.accounts.hashers import even_out
from freehold.core.audit import audited
from freehold.core.ids import uuid7
from freehold.core.models import BaseModel, Numbered


class UserManager(BaseUserManager["User"]):
    """Creates users; people are global, not a tenant's, so this manager has no scopes."""

    def create_user(self, email: str | None = None, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=email, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class Gender(models.TextChoices):
    """As people say it of themselves; nothing said is the empty text."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"


class User(Numbered, BaseModel, AbstractBaseUser, PermissionsMixin):
    """A person. `email`, `username` and `phone` (E.164) each identify; at least one is present.

    A phone number identifies only when its holder has proved it by a code: `phone_verified_at`.
    """

    email = models.EmailField(max_length=254, unique=True, null=True, blank=True)
    username = models.CharField(max_length=60, unique=True, null=True, blank=True)
    phone = models.CharField(max_length=16, unique=True, null=True, blank=True)
    phone_verified_at = models.DateTimeField(null=True, blank=True)
    first_name = models.CharField(max_length=100, blank=True, default="")
    last_name = models.CharField(max_length=100, blank=True, default="")
    language = models.CharField(max_length=12, blank=True, default="en")
    time_zone = models.CharField(max_length=64, blank=True, default="")
    date_of_birth = models.DateField(null=True, blank=True)
    gender = models.CharField(max_length=10, choices=Gender, blank=True, default="", db_default="")
    avatar = models.CharField(max_length=100, blank=True, default="", db_default="", help_text="The file's name.")
    closed_at = models.DateTimeField(null=True, blank=True, help_text="When its owner closed the account.")
    erased_at = models.DateTimeField(null=True, blank=True, help_text="When what says who this is was erased.")
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    is_demo = models.BooleanField(
        default=False, help_text="Seeded for demonstrations; production refuses to start with one."
    )

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(email=Lower("email")), name="accounts_user_email_lower"),
            models.CheckConstraint(condition=Q(username=Lower("username")), name="accounts_user_username_lower"),
            models.CheckConstraint(
                condition=Q(email__isnull=False) | Q(username__isnull=False) | Q(phone__isnull=False),
                name="accounts_user_has_identifier",
            ),
            models.CheckConstraint(
                condition=~Q(email="") & ~Q(username="") & ~Q(phone=""),
                name="accounts_user_identifier_not_empty",
            ),
            models.CheckConstraint(
                condition=Q(phone__isnull=True) | Q(phone__regex=r"^\+[1-9][0-9]{6,14}$"),
                name="accounts_user_phone_e164",
            ),
            models.CheckConstraint(
                condition=Q(phone_verified_at__isnull=True) | Q(phone__isnull=False),
                name="accounts_user_verified_phone_is_there",
            ),
            models.CheckConstraint(
                condition=Q(is_active=False) | Q(closed_at__isnull=True, erased_at__isnull=True, merged_into=None),
                name="accounts_user_closed_is_inactive",
            ),
        ]

    def save(self, *args: Any, **options: Any) -> None:
        # The sign-in library writes "" for an identifier that is gone.
        self.email = self.email.strip().lower() if self.email else None
        self.username = self.username.strip().lower() if self.username else None
        self.phone = self.phone or None
        if self.phone is None:
            self.phone_verified_at = None
        super().save(*args, **options)

    def check_password(self, raw_password: str) -> bool:
        is_right = super().check_password(raw_password)
        if not is_right:
            even_out(raw_password, self.password)
        return is_right

    def __str__(self) -> str:
        return self.get_full_name() or self.email or self.username or self.phone or str(self.pk)

    def get_full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    def get_short_name(self) -> str:
        return self.first_name or self.email or self.username or ""


class KnownAddress(models.Model):
    """Somebody signed in from there, not long ago; see `guessing`. `address_hash` is keyed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    address_hash = models.CharField(max_length=64)
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "address_hash"], name="accounts_knownaddress_unique")]
        indexes = [models.Index(fields=["seen_at"], name="accounts_knownaddress_age")]

    def __str__(self) -> str:
        return f"{self.user_id}, {self.seen_at:%Y-%m-%d}"


class PhoneCode(BaseModel):
    """A code that was sent to `phone`; what it is follows from `id`, see `phone_codes`. Used up by deleting the row.

    `user` is who asked, where it matters: nobody is known yet who signs in.
    """

    class Purpose(models.TextChoices):
        SIGN_IN = "sign_in"
        CHANGE = "change"

    phone = models.CharField(max_length=16)
    purpose = models.CharField(max_length=10, choices=Purpose)
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="+")
    tries = models.PositiveSmallIntegerField(default=0)
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            # A newer code replaces the older one.
            models.UniqueConstraint(
                fields=["phone", "purpose", "user"], name="accounts_phonecode_one", nulls_distinct=False
            ),
        ]
        indexes = [models.Index(fields=["expires_at"], name="accounts_phonecode_age")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.pk}"


class DataExport(BaseModel):
    """Personal data left the house as a file: whose hand took it, and how much. Such rows are never changed.

    `company_id` is the company whose guests they are, None for a person's own data; accounts know no companies.
    """

    class Kind(models.TextChoices):
        OWN = "own"
        BOOKINGS = "bookings"

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    impersonator = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind)
    company_id = models.UUIDField(null=True)
    row_count = models.PositiveIntegerField()

    class Meta:
        indexes = [models.Index(fields=["company_id", "-created_at"], name="accounts_dataexport_company")]
        triggers = [pgtrigger.Protect(name="insert_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.kind} by {self.user_id}, {self.created_at:%Y-%m-%d %H:%M}"


@audited
class Impersonation(BaseModel):
    """An administrator acts as somebody for a while, and says why. Over at `ends_at`, or earlier at `ended_at`."""

    LONGEST = timedelta(hours=1)

    admin = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300)
    started_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(admin=F("user")), name="accounts_impersonation_not_oneself"),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("started_at")) & Q(ends_at__lte=F("started_at") + timedelta(hours=1)),
                name="accounts_impersonation_short",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="accounts_impersonation_reason"),
        ]
        indexes = [models.Index(fields=["admin", "-started_at"], name="accounts_impersonation_admin")]

    def __str__(self) -> str:
        return f"{self.admin_id} as {self.user_id}, {self.started_at:%Y-%m-%d %H:%M}"
