"""Users, API tokens, idempotency keys and erasures."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import uuid4

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.sessions.models import Session
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from core.forms.constraints import ConstraintMessages


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(ConstraintMessages, AbstractBaseUser, PermissionsMixin):
    email = models.EmailField(_("email"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    phone = PhoneNumberField(_("mobile phone"), blank=True)
    language = models.CharField(
        _("language"),
        max_length=5,
        choices=[("id", "Bahasa Indonesia"), ("en", "English")],
        default="id",
    )
    wants_sms = models.BooleanField(
        _("text messages (SMS) too"),
        default=True,
        help_text=_("To your mobile number, beside the emails, which we always send."),
    )
    is_staff = models.BooleanField(_("staff"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(_("joined"), default=timezone.now)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    objects = UserManager()

    constraint_messages: ClassVar = {
        "user_email_once": ("email", _("There is an account with this email address already.")),
    }

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_once"),
        ]

    def __str__(self) -> str:
        return self.name or f"#{self.pk}"

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split(" ")[0]


class StrongToken(models.Model):
    """Marks an API token issued with a second factor, which staff permissions require."""

    token = models.OneToOneField(
        "knox.AuthToken", on_delete=models.CASCADE, primary_key=True, related_name="strength"
    )
    given_at = models.DateTimeField(_("given at"), default=timezone.now)

    class Meta:
        verbose_name = _("strong token")
        verbose_name_plural = _("strong tokens")

    def __str__(self) -> str:
        return f"{self.token_id} {self.given_at:%Y-%m-%d}"


class UserSession(models.Model):
    """Index of sessions by user, written by ``accounts.session_store``."""

    session = models.OneToOneField(
        Session, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return f"#{self.user_id}"


class IdempotentRequest(models.Model):
    """The stored response of a POST with an ``Idempotency-Key``, to be replayed."""

    actor = models.CharField(_("client"), max_length=80)
    key = models.CharField(_("key"), max_length=128)
    fingerprint = models.CharField(_("fingerprint"), max_length=64)
    response_status = models.PositiveSmallIntegerField(_("answer status"), null=True)
    response_body = models.BinaryField(_("answer"), null=True)
    response_type = models.CharField(_("answer type"), max_length=60, blank=True)
    # Digests of the account and the addresses in the response, so that they can be erased.
    subjects = ArrayField(models.CharField(max_length=32), null=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, db_index=True)

    class Meta:
        verbose_name = _("idempotent request")
        verbose_name_plural = _("idempotent requests")
        indexes = [GinIndex(fields=["subjects"], name="idempotent_request_subjects")]
        constraints = [
            models.UniqueConstraint(fields=["actor", "key"], name="idempotent_request_once"),
            models.CheckConstraint(
                condition=Q(response_status__isnull=True, response_body__isnull=True)
                | Q(response_status__isnull=False, response_body__isnull=False),
                name="idempotent_request_answer_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.actor} {self.key}"


class Erasure(models.Model):
    """Record of an erasure: row ids and a keyed mark, without personal data."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    at = models.DateTimeField(_("erased"))
    user_id = models.BigIntegerField(_("account"), null=True)
    user_mark = models.CharField(_("mark"), max_length=64, blank=True)
    rows = models.JSONField(_("rows"), default=dict)
    # NULL: not yet in the journal beside the backups.
    written_at = models.DateTimeField(_("in the journal"), null=True)

    class Meta:
        ordering = ["-at"]
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        constraints = [
            models.CheckConstraint(
                condition=Q(user_id__isnull=True, user_mark="")
                | (Q(user_id__isnull=False) & ~Q(user_mark="")),
                name="erasure_account_is_marked",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d} {self.pk}"
