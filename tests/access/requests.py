"""Requests of every route as every user, and their responses."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.test import Client

from accounts.models import User
from tests.access.routes import Route, answer
from tests.access.world import PEOPLE, World
from tests.clients import app_headers

BACKEND = "django.contrib.auth.backends.ModelBackend"
# Anonymous visitors and customers have no access to the office; one test checks that for each
# route.
STAFF = PEOPLE[PEOPLE.index("usher") :]
# Users whose writes are tested; the chain's administrators may do what managers may.
WRITERS = ("usher", "auditor", "elsewhere", "manager")
# And on the site: the owner of the booking of ``World``, another customer, and an anonymous
# visitor.
SITE_WRITERS = ("anonymous", "buyer", "customer")


def callers(world: World) -> dict[str, Client]:
    return {who: caller(user) for who, user in world.people.items()}


def caller(user: User | None) -> Client:
    """A client that is signed in and also sends the token of an app."""
    if user is None:
        return Client(headers={"Accept-Language": "en"})
    headers = {"Accept-Language": "en"} | app_headers(user, with_second_factor=True)
    client = Client(headers=headers)
    client.force_login(user, BACKEND)
    return client


def send_request(client: Client, world: World, route: Route, method: str = "get") -> str:
    """The response's letter code; the transaction is rolled back."""
    body: dict[str, Any] = {}
    if method == "post" and route.pattern.startswith("api/"):
        body = {"data": {}, "content_type": "application/json"}
    with transaction.atomic():
        path = route.path(world.arguments(route.pattern, route.name))
        response = getattr(client, method)(path, **body)
        transaction.set_rollback(True)
    return answer(response)
