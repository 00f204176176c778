"""Roles of staff members at cinemas."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.audit import track_history
from core.forms.constraints import ConstraintMessages
from movies.models.cinema import Cinema


class Role(models.TextChoices):
    """``movies.staff.permissions.ROLE_PERMISSIONS`` lists what each role allows."""

    CHAIN_ADMIN = "chain_admin", _("Chain administrator")
    MANAGER = "manager", _("Cinema manager")
    USHER = "usher", _("Usher")
    AUDITOR = "auditor", _("Auditor")


@track_history("StaffPostHistory")
class StaffPost(ConstraintMessages, models.Model):
    """Assignment of a role to a user, at one cinema or at the whole chain (``cinema`` empty).

    Written only by ``movies.staff.assignments``, which keeps ``User.is_staff`` in step. The model
    keeps its older name because its table, content type and admin URL depend on it.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="posts",
        verbose_name=_("person"),
    )
    role = models.CharField(_("role"), max_length=16, choices=Role)
    cinema = models.ForeignKey(
        Cinema,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="posts",
        verbose_name=_("cinema"),
        help_text=_("Empty: the whole chain."),
    )
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("given by"),
    )
    given_at = models.DateTimeField(_("given at"), default=timezone.now)

    constraint_messages: ClassVar = {
        "staff_post_once": ("role", _("This person has this post already.")),
        "staff_post_role_known": ("role", _("Choose a role of the list.")),
        "staff_post_chain_admin_everywhere": (
            "cinema",
            _("A chain administrator has no single cinema: leave it empty."),
        ),
    }

    class Meta:
        ordering = ["cinema", "role", "user"]
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        constraints = [
            models.UniqueConstraint(
                F("user"), F("role"), F("cinema"), name="staff_post_once", nulls_distinct=False
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="staff_post_role_known"),
            models.CheckConstraint(
                condition=~Q(role=Role.CHAIN_ADMIN) | Q(cinema__isnull=True),
                name="staff_post_chain_admin_everywhere",
            ),
        ]

    def __str__(self) -> str:
        """With the person, so that the page that removes a role names them."""
        place = self.cinema or _("Whole chain")
        return f"{self.user} · {self.get_role_display()} · {place}"
