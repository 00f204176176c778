"""Normal form of email addresses: one mailbox has many spellings.

Lower case, without dots and ``+tags`` in the local part. Computed alike in Python and in SQL.
"""

from __future__ import annotations

import re
from typing import Any

from django.db.models import CharField, Func

_IGNORED = re.compile(r"\+.*$|\.")


def mailbox_of(email: str) -> str:
    """The normal form; an empty string for an empty one."""
    local, at_sign, domain = email.lower().partition("@")
    return f"{_IGNORED.sub('', local)}@{domain}" if at_sign else ""


class Mailbox(Func):
    """SQL form of ``mailbox_of`` for a column, which can be indexed."""

    template = (
        r"(regexp_replace(split_part(lower(%(expressions)s), '@', 1), '\+.*$|\.', '', 'g')"
        r" || '@' || split_part(lower(%(expressions)s), '@', 2))"
    )
    output_field: Any = CharField()
