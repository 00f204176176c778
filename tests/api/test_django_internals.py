"""Private APIs of Django that `cinema_project.fast_path` uses."""

from __future__ import annotations

import django


def test_fast_path_was_written_for_this_version() -> None:
    """After an upgrade check ``response._has_been_logged``, then change the version here."""
    assert django.VERSION[:2] == (5, 2)
