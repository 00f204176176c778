"""Celery tasks; each calls one function."""

from celery import shared_task

from seating.holds import transitions


@shared_task(name="seating.tasks.sweep_holds", ignore_result=True)
def sweep_holds() -> int:
    return transitions.sweep_expired_holds()
