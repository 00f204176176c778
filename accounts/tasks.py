"""Work in the background."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from accounts import idempotency


@shared_task
def forget_idempotent_requests() -> None:
    idempotency.forget(at=timezone.now())
