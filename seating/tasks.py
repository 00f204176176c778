"""Celery tasks; each calls one function."""

from celery import shared_task

from seating.holds import transitions
from seating.waiting_room import admission, ending


@shared_task(name="seating.tasks.sweep_holds", ignore_result=True)
def sweep_holds() -> int:
    return transitions.sweep_expired_holds()


@shared_task(name="seating.tasks.tick_waiting_rooms", ignore_result=True)
def tick_waiting_rooms() -> int:
    return admission.tick_all()


@shared_task(name="seating.tasks.delete_old_waiting_places", ignore_result=True)
def delete_old_waiting_places() -> int:
    return ending.delete_old_places()
