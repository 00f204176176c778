"""Users, invitations of staff, pages and consents, API tokens, idempotency keys and erasures."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import uuid4

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.sessions.models import Session
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import get_language
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


class StaffInvitation(ConstraintMessages, models.Model):
    """Link by email with which a member of staff sets up a password and the first second factor.

    Written only by ``accounts.staff_access.invitations``. It works once, until ``expires_at``.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="invitations")
    sent_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    sent_at = models.DateTimeField(_("sent"))
    expires_at = models.DateTimeField(_("valid until"))
    redeemed_at = models.DateTimeField(_("used"), null=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True)

    constraint_messages: ClassVar = {
        "staff_invitation_one_open": ("user", _("This person has an open invitation already.")),
        "staff_invitation_expires_later": ("expires_at", _("An invitation ends after it began.")),
        "staff_invitation_ends_once": (
            "withdrawn_at",
            _("An invitation is either used or withdrawn."),
        ),
    }

    class Meta:
        ordering = ["-sent_at"]
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(redeemed_at__isnull=True, withdrawn_at__isnull=True),
                name="staff_invitation_one_open",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("sent_at")), name="staff_invitation_expires_later"
            ),
            models.CheckConstraint(
                condition=Q(redeemed_at__isnull=True) | Q(withdrawn_at__isnull=True),
                name="staff_invitation_ends_once",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.user_id} {self.sent_at:%Y-%m-%d}"


class PageKind(models.TextChoices):
    HELP = "help", _("Help")
    CONTACT = "contact", _("Contact")
    PRIVACY = "privacy", _("Privacy")
    TERMS = "terms", _("Terms of sale")
    HOUSE_RULES = "house-rules", _("House rules")
    ACCESSIBILITY = "accessibility", _("Accessibility")


class PageVersion(ConstraintMessages, models.Model):
    """A published version of a page; never changed. Written only by ``accounts.policies``."""

    kind = models.CharField(_("page"), max_length=16, choices=PageKind)
    version = models.PositiveIntegerField(_("version"), editable=False)
    title_id = models.CharField(_("title (Indonesian)"), max_length=120)
    title_en = models.CharField(_("title (English)"), max_length=120)
    text_id = models.TextField(_("text (Indonesian)"), max_length=20_000)
    text_en = models.TextField(_("text (English)"), max_length=20_000)
    published_by = models.ForeignKey(
        User,
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("published by"),
    )
    published_at = models.DateTimeField(_("published"), editable=False)

    constraint_messages: ClassVar = {
        "page_version_once": ("kind", _("Somebody published this page at the same time.")),
    }

    class Meta:
        ordering = ["kind", "-version"]
        verbose_name = _("page")
        verbose_name_plural = _("pages")
        constraints = [
            models.UniqueConstraint(fields=["kind", "version"], name="page_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.version}"

    @property
    def title(self) -> str:
        return self.title_id if (get_language() or "").startswith("id") else self.title_en

    @property
    def text(self) -> str:
        return self.text_id if (get_language() or "").startswith("id") else self.text_en


class Consent(ConstraintMessages, models.Model):
    """Consent of a user to a version of a page when they created their account."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="consents")
    kind = models.CharField(max_length=16, choices=PageKind)
    version = models.PositiveIntegerField()
    given_at = models.DateTimeField()

    constraint_messages: ClassVar = {
        "consent_once": ("version", _("This consent is recorded already.")),
    }

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [
            models.UniqueConstraint(fields=["user", "kind", "version"], name="consent_once"),
        ]

    def __str__(self) -> str:
        return f"#{self.user_id} {self.kind} {self.version}"


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
