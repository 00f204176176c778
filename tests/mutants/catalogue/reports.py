"""Mutations of the promises about invariants, incidents, the watchdog and hung stores."""

from tests.mutants.mutation import Mutation

REPORTS = (
    Mutation(
        name="invariant-seat-sold-twice",
        promise="A seat sold twice is a violation",
        file="reports/monitoring/invariants/seats.py",
        old="        GROUP BY seat.id\n        HAVING count(*) > 1\n",
        new="        GROUP BY seat.id\n        HAVING count(*) > 2\n",
        tests=("tests/reports/test_invariants.py::test_violation_is_found_and_no_other",),
    ),
    Mutation(
        name="invariant-late-money-kept",
        promise="Late money that is not due back is a violation",
        file="reports/monitoring/invariants/money.py",
        old="payment.refund_due_rupiah < payment.captured_rupiah",
        new="payment.refund_due_rupiah < 0",
        tests=("tests/reports/test_invariants.py::test_violation_is_found_and_no_other",),
    ),
    Mutation(
        name="invariant-ledger-differs",
        promise="A ledger that differs from its payments is a violation",
        file="reports/monitoring/invariants/money.py",
        old="WHERE coalesce(moved.rupiah, 0) <> coalesce(kept.rupiah, 0)",
        new="WHERE moved.rupiah IS NULL AND coalesce(kept.rupiah, 0) <> 0",
        tests=("tests/reports/test_invariants.py::test_violation_is_found_and_no_other",),
    ),
    Mutation(
        name="invariant-message-missing",
        promise="A confirmation without its email is a violation",
        file="reports/monitoring/invariants/bookings.py",
        old="              AND message.channel = 'email')",
        new="              )",
        tests=("tests/reports/test_invariants.py::test_violation_is_found_and_no_other",),
    ),
    Mutation(
        name="incident-reopens",
        promise="A resolved problem that staff settled stays resolved",
        file="reports/monitoring/incidents.py",
        old="fingerprint=fingerprint, resolved_at__isnull=False).exists()",
        new='fingerprint="", resolved_at__isnull=False).exists()',
        tests=("tests/reports/test_incidents.py::test_check_does_not_reopen_a_resolved_refund",),
    ),
    Mutation(
        name="incident-heals-untimely",
        promise="A problem that persists does not heal",
        file="reports/monitoring/incidents.py",
        old=".exclude(fingerprint__in=but)",
        new="",
        tests=("tests/reports/test_incidents.py::test_persisting_problem_does_not_heal",),
    ),
    Mutation(
        name="watchdog-never-barks",
        promise="A stopped worker opens an incident",
        file="reports/monitoring/heartbeat/heartbeat.py",
        old="return WORKER_STOPPED if waiting else BEAT_STOPPED",
        new="return BEAT_STOPPED",
        tests=(
            "tests/reports/test_heartbeat.py::test_stale_heartbeat_with_waiting_tasks_blames_the_worker",
        ),
    ),
    Mutation(
        name="watchdog-checks-twice",
        promise="One live process checks at a time",
        file="reports/monitoring/heartbeat/watchdog.py",
        old="if not cursor.fetchone()[0]:",
        new="if cursor.fetchone() is None:",
        tests=("tests/reports/test_heartbeat.py::test_only_one_process_checks_at_a_time",),
    ),
    Mutation(
        name="readiness-waits-for-the-database",
        promise="Readiness is answered within two seconds",
        file="cinema_project/observability/health.py",
        old="running.result(timeout=max(0.0, left))",
        new="running.result()",
        tests=(
            "tests/observability/test_health.py"
            "::test_readiness_with_a_hanging_database_responds_within_two_seconds",
        ),
    ),
    Mutation(
        name="hung-valkey-is-asked-each-time",
        promise="A Valkey that hangs costs a process one timeout in a while",
        file="core/redis/hung.py",
        old="    if time.monotonic() < _hung_until.get(server, 0.0):\n",
        new="    if time.monotonic() < 0.0:\n",
        tests=("tests/movies/test_outage.py::test_a_hung_redis_costs_djangos_cache_one_timeout",),
    ),
)
