"""Redeeming vouchers. The voucher's row is the last lock of any transition (docs/locking.md)."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F

from bookings.errors import VoucherRefused
from bookings.models import Voucher, VoucherKind
from bookings.pricing import VoucherTerms


def find_voucher(code: str, at: datetime) -> Voucher | None:
    """The voucher of this code, None for an empty one. Raises VoucherRefused."""
    code = code.strip()
    if not code:
        return None
    voucher = Voucher.objects.filter(code__iexact=code).first()
    if voucher is None or not voucher.is_valid(at):
        raise VoucherRefused()
    return voucher


def terms(voucher: Voucher | None) -> VoucherTerms | None:
    if voucher is None:
        return None
    if voucher.kind == VoucherKind.PERCENT:
        return VoucherTerms(percent=voucher.value)
    return VoucherTerms(fixed_rupiah=voucher.value)


def take_use(voucher_id: int) -> bool:
    """Count one use unless the limit is reached; the row stays locked to the end."""
    usable = Voucher.objects.filter(pk=voucher_id, uses__lt=F("max_uses"))
    return usable.update(uses=F("uses") + 1) == 1


def give_use_back(voucher_id: int | None) -> None:
    """Count one use less. A count that somebody set to 0 by hand must stop no order's end."""
    if voucher_id is not None:
        Voucher.objects.filter(pk=voucher_id, uses__gt=0).update(uses=F("uses") - 1)
