"""Celery tasks."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from notifications import delivery, reminders


@shared_task(name="notifications.tasks.deliver", ignore_result=True)
def deliver(message_id: str) -> bool:
    return delivery.deliver(UUID(message_id), at=timezone.now())


@shared_task(name="notifications.tasks.deliver_waiting", ignore_result=True)
def deliver_waiting() -> int:
    return delivery.deliver_waiting(timezone.now())


@shared_task(name="notifications.tasks.owe_reminders", ignore_result=True)
def enqueue_reminders() -> int:
    return reminders.enqueue_reminders(timezone.now())
