"""Vouchers: which are accepted, and how their uses are counted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from bookings.errors import VoucherRefused
from bookings.pricing import VoucherTerms
from bookings.vouchers import find_voucher, give_use_back, take_use, terms
from tests.factories import make_voucher

pytestmark = pytest.mark.django_db

AT = timezone.now()


@pytest.mark.parametrize("typed", ["HEMAT50", "hemat50", "  Hemat50 "])
def test_voucher_is_found_however_it_is_typed(typed: str) -> None:
    voucher = make_voucher(code="HEMAT50")

    assert find_voucher(typed, AT) == voucher


@pytest.mark.parametrize("typed", ["", "   "])
def test_no_code_is_no_voucher(typed: str) -> None:
    assert find_voucher(typed, AT) is None


@pytest.mark.parametrize(
    "fields",
    [
        {"code": "OTHER"},
        {"valid_until": AT},
        {"valid_from": AT + timedelta(microseconds=1)},
        {"max_uses": 1, "uses": 1},
        {"max_uses": 0},
    ],
    ids=["unknown", "over", "not yet", "used up", "withdrawn"],
)
def test_voucher_is_refused(fields: dict[str, Any]) -> None:
    make_voucher(**{"code": "HEMAT50"} | fields)

    with pytest.raises(VoucherRefused):
        find_voucher("HEMAT50", AT)


def test_wildcards_in_a_code_are_only_letters() -> None:
    make_voucher(code="HEMAT50")

    for typed in ("HEMAT%", "HEMAT5_", "%"):
        with pytest.raises(VoucherRefused):
            find_voucher(typed, AT)


def test_voucher_counts_from_its_first_moment_to_its_last() -> None:
    voucher = make_voucher(valid_from=AT, valid_until=AT + timedelta(seconds=1))

    assert find_voucher(voucher.code, AT) == voucher


def test_terms_are_a_percentage_or_an_amount() -> None:
    assert terms(None) is None
    assert terms(make_voucher(kind="percent", value=15)) == VoucherTerms(percent=15)
    assert terms(make_voucher(kind="fixed", value=9_000)) == VoucherTerms(fixed_rupiah=9_000)


def test_uses_are_taken_to_the_limit_and_given_back() -> None:
    voucher = make_voucher(max_uses=2)

    assert [take_use(voucher.pk) for _use in range(3)] == [True, True, False]
    give_use_back(voucher.pk)
    assert [take_use(voucher.pk) for _use in range(2)] == [True, False]

    voucher.refresh_from_db()
    assert voucher.uses == 2


def test_uses_never_fall_below_none() -> None:
    voucher = make_voucher()

    give_use_back(voucher.pk)
    give_use_back(None)

    voucher.refresh_from_db()
    assert voucher.uses == 0
