"""Export and erasure read no table whole, because they run within a request."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.privacy.erasure import erase
from accounts.privacy.export import collect
from accounts.privacy.person import Person
from tests.accounts.test_own_data import folder as folder  # a fixture
from tests.accounts.test_own_data import seen
from tests.factories import make_user

# pgtrigger puts settings before a statement.
SETTINGS = re.compile(r"^(SELECT set_config\(.*?\);\s*)+", re.DOTALL)
EXPLAINED = re.compile(r"(SELECT|UPDATE|DELETE|INSERT)\b")
READ_WHOLE = re.compile(r"Seq Scan on (\w+)")
# They do not grow with customers and sales.
SMALL = {"django_content_type"}


@pytest.mark.django_db
@pytest.mark.parametrize("is_by_operator", [False, True])
@pytest.mark.parametrize("act", [collect, erase])
def test_no_table_is_read_whole(
    act: Callable[[Person, datetime], Any], is_by_operator: bool
) -> None:
    user = make_user(email="zubaidah@contoh.example")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    Client().force_login(user)
    seen(user=user)
    seen(contact_email=user.email)
    person = Person.with_email(user.email) if is_by_operator else Person.of(user)
    with CaptureQueriesContext(connection) as captured:
        act(person, timezone.now())

    sent = [SETTINGS.sub("", query["sql"]) for query in captured]
    statements = [statement for statement in sent if EXPLAINED.match(statement)]
    read_whole: dict[str, str] = {}
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for statement in statements:
            cursor.execute(f"EXPLAIN {statement.replace('%', '%%')}")
            plan = "\n".join(line for (line,) in cursor.fetchall())
            read_whole |= dict.fromkeys(READ_WHOLE.findall(plan), statement)

    assert {table: read_whole[table] for table in read_whole.keys() - SMALL} == {}
    assert len(statements) > 10
