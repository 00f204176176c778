"""Mutations of the promises about messages and of the shared outbox."""

from tests.mutants.mutation import Mutation

NOTIFICATIONS = (
    Mutation(
        name="outbox-lease-does-not-hold",
        promise="A claimed row is left alone until its lease ends",
        file="core/outbox.py",
        old='"attempts": row.attempts + 1, self.due_field: self.until(at)',
        new='"attempts": row.attempts + 1, self.due_field: at',
        tests=(
            "tests/notifications/test_delivery.py::test_delivery_that_died_is_repeated_after_the_lease",
        ),
    ),
    Mutation(
        name="outbox-attempts-are-not-counted",
        promise="An attempt counts when it is claimed",
        file="core/outbox.py",
        old="row.attempts + 1",
        new="row.attempts",
        tests=(
            "tests/notifications/test_delivery.py::test_deliver_that_kills_its_worker_every_time_is_given_up",
        ),
    ),
    Mutation(
        name="outbox-never-gives-up",
        promise="Attempts are limited",
        file="core/outbox.py",
        old="if row.attempts >= attempts_max:",
        new="if False:",
        tests=(
            "tests/notifications/test_delivery.py::test_deliver_that_kills_its_worker_every_time_is_given_up",
        ),
    ),
    Mutation(
        name="outbox-late-worker-writes",
        promise="A worker whose lease ran out records nothing",
        file="core/outbox.py",
        old="pk=row.pk, attempts=row.attempts)",
        new="pk=row.pk)",
        tests=(
            "tests/notifications/test_delivery.py::test_failure_of_a_superseded_worker_keeps_the_later_claim",
        ),
    ),
    Mutation(
        name="outbox-backoff-stays-short",
        promise="Retries have growing pauses",
        file="core/outbox.py",
        old="self.first_seconds * 2 ** (attempts - 1)",
        new="self.first_seconds",
        tests=(
            "tests/notifications/test_delivery.py::test_deliver_refused_for_now_tries_again_with_growing_pauses",
        ),
    ),
    Mutation(
        name="outbox-batch-is-not-leased",
        promise="Another worker leaves a claimed batch alone",
        file="core/outbox.py",
        old="        claimed.update(**{self.due_field: self.until(at)})\n",
        new="",
        tests=(
            "tests/bookings/test_refunds.py::test_refund_under_way_is_left_alone_by_another_worker",
        ),
    ),
    Mutation(
        name="message-is-queued-before-commit",
        promise="Tasks are queued after the commit",
        file="notifications/dispatch.py",
        old="    transaction.on_commit(partial(_queue, list(message_ids)), robust=True)\n",
        new="    partial(_queue, list(message_ids))()\n",
        tests=(
            "tests/notifications/test_compose.py::test_messages_are_queued_on_commit_and_not_before",
        ),
    ),
    Mutation(
        name="message-needs-the-broker",
        promise="An unreachable broker never costs the sale",
        file="notifications/dispatch.py",
        old="except (KombuError, RedisError, OSError) as error:",
        new="except ZeroDivisionError as error:",
        tests=(
            "tests/notifications/test_compose.py::test_enqueue_without_broker_is_fast_and_loses_nothing",
        ),
    ),
    Mutation(
        name="message-is-enqueued-twice",
        promise="An event is announced once per channel",
        file="notifications/dispatch.py",
        old="Message.objects.bulk_create(messages, ignore_conflicts=True)",
        new="Message.objects.bulk_create(messages)",
        tests=("tests/notifications/test_compose.py::test_message_is_enqueued_once_per_event",),
    ),
    Mutation(
        name="message-ignores-the-wish",
        promise="Customers can switch text messages off",
        file="notifications/dispatch.py",
        old="customer and not customer.wants_sms",
        new="False",
        tests=(
            "tests/notifications/test_compose.py::test_customer_without_sms_consent_gets_only_email",
        ),
    ),
    Mutation(
        name="message-retries-the-hopeless",
        promise="A permanently refused message is given up at once",
        file="notifications/delivery.py",
        old="return isinstance(error, Undeliverable)",
        new="return False",
        tests=(
            "tests/notifications/test_delivery.py::test_sms_that_can_never_arrive_is_given_up_at_once",
        ),
    ),
    Mutation(
        name="message-logs-its-recipient",
        promise="Logs name no recipient",
        file="notifications/delivery.py",
        old='return f"{name[:1]}…@{domain}"',
        new="return recipient",
        tests=(
            "tests/notifications/test_delivery_privacy.py::test_logs_and_records_contain_no_personal_data",
        ),
    ),
    Mutation(
        name="reminder-of-a-cancelled-show",
        promise="No reminder of a cancelled showtime",
        file="notifications/reminders.py",
        old="            showtime__cancelled_at__isnull=True,\n",
        new="",
        tests=(
            "tests/notifications/test_policy_messages.py::test_cancelled_showtime_has_no_reminder",
        ),
    ),
)
