"""The mutations of bin/mutants still apply to the source and name existing tests."""

from __future__ import annotations

from tests.mutants.catalogue import MUTATIONS

MUTATIONS_MIN = 60


def test_every_mutation_applies_once_and_names_existing_tests() -> None:
    assert [problem for one in MUTATIONS for problem in one.problems()] == []


def test_mutations_are_many_and_distinct() -> None:
    changes = {(one.file, one.old, one.new) for one in MUTATIONS}
    assert len(MUTATIONS) >= MUTATIONS_MIN
    assert len({one.name for one in MUTATIONS}) == len(changes) == len(MUTATIONS)
    assert [one.name for one in MUTATIONS if not one.tests or one.old == one.new] == []
