"""Background work: thin, each calls one function."""

from celery import shared_task
from django.utils import timezone

from reports import watch


@shared_task(ignore_result=True)
def check_invariants() -> int:
    return watch.look(timezone.now())
