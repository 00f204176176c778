"""Private APIs of Daphne and Twisted that `seating.live.transports` uses."""

from __future__ import annotations

from importlib.metadata import version


def test_transport_was_written_for_these_versions() -> None:
    """After an upgrade check DaphneSocket, then change the versions here."""
    assert {name: version(name) for name in ("daphne", "twisted")} == {
        "daphne": "4.2.3",
        "twisted": "26.10.0",
    }
