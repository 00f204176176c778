"""Knocking at every route as everybody, and writing down the answers."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts.api.tokens import issue_token
from accounts.models import User
from tests.access.routes import Route, answer
from tests.access.world import PEOPLE, World

BACKEND = "django.contrib.auth.backends.ModelBackend"
# Strangers and customers are not let into the office at all, which one test asks of each route.
STAFF = PEOPLE[PEOPLE.index("usher") :]
# Whose writes are asked: the chain's administrators may do what managers may.
WRITERS = ("usher", "auditor", "elsewhere", "manager")
# And on the site: whoever the order of ``World`` belongs to, somebody else, and nobody known.
SITE_WRITERS = ("anonymous", "buyer", "customer")


def callers(world: World) -> dict[str, Client]:
    return {who: caller(user) for who, user in world.people.items()}


def caller(user: User | None) -> Client:
    """A browser that is signed in, and an app with a token, in one."""
    if user is None:
        return Client(headers={"Accept-Language": "en"})
    token = issue_token(user, is_strong=True, at=timezone.now())[0]
    client = Client(headers={"Accept-Language": "en", "Authorization": f"Token {token}"})
    client.force_login(user, BACKEND)
    return client


def knock(client: Client, world: World, route: Route, method: str = "get") -> str:
    """Nothing of it stays."""
    body: dict[str, Any] = {}
    if method == "post" and route.pattern.startswith("api/"):
        body = {"data": {}, "content_type": "application/json"}
    with transaction.atomic():
        path = route.path(world.arguments(route.pattern, route.name))
        response = getattr(client, method)(path, **body)
        transaction.set_rollback(True)
    return answer(response)
