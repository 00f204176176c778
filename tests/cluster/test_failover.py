"""Failover of PostgreSQL: a killed primary, a promoted standby, one URL that names both."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.network import Host
from tests.cluster.patroni import patroni_cluster
from tests.cluster.postgres_pair import postgres_pair
from tests.cluster.writer import writing
from tests.runtime.processes import wait_until

pytestmark = pytest.mark.runtime

FIRST_WRITE_SECONDS = 30.0
# The last write, whose response was lost, is repeated or not.
NONE_LOST: tuple[tuple[set[int], int], ...] = ((set(), 0), (set(), 1))


@pytest.fixture(autouse=True)
def _databases_of_their_own(django_db_blocker: Any) -> Any:
    with django_db_blocker.unblock():
        yield


def test_no_acknowledged_write_is_lost_when_the_primary_is_killed(tmp_path: Path) -> None:
    """The primary commits only what its standby has stored."""
    with postgres_pair(tmp_path, [Host(), Host()]) as pair:
        with writing(pair.url) as writer:
            pair.kill_primary()
            pair.promote()
            promoted_at = time.monotonic()
            writer.wait_for_writes(1)
            first_write_seconds = time.monotonic() - promoted_at
            writer.wait_for_writes()

        assert writer.losses(pair.primary.url) in NONE_LOST
    assert first_write_seconds < FIRST_WRITE_SECONDS


@pytest.mark.timing  # on a busy machine a healthy primary loses its lease, too
def test_patroni_promotes_the_standby_and_takes_the_old_primary_back(tmp_path: Path) -> None:
    """With deploy/postgres/patroni.yaml; the old primary returns while others write."""
    with patroni_cluster(tmp_path) as cluster:
        old = cluster.primary()
        assert old is not None
        [new] = [node for node in cluster.nodes.values() if node is not old]
        with writing(cluster.url) as writer:
            wait_until(cluster.has_synchronous_standby)
            old.kill()
            wait_until(lambda: new.role() == "primary")
            promoted_at = time.monotonic()
            writer.wait_for_writes(1)
            first_write_seconds = time.monotonic() - promoted_at
            cluster.start(old)
            wait_until(lambda: old.role() == "replica" and cluster.has_synchronous_standby())
            writer.wait_for_writes()

        assert (old.state()["timeline"], new.state()["timeline"]) == (2, 2)
        assert writer.losses(new.url) in NONE_LOST
        wait_until(lambda: writer.losses(old.url) in NONE_LOST)
    assert first_write_seconds < FIRST_WRITE_SECONDS
