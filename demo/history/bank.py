"""Sandbox bank records of the demo's sales, so that old bookings can be refunded."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.conf import settings

from bookings.models import Booking, Payment, PaymentStatus, Refund
from sandbox_bank.charges import ChargeOrder
from sandbox_bank.models import Charge, ChargeRefund, ChargeStatus, RefundStatus, Scenario

BATCH_ROWS = 1_000
CHARGE_OF_PAYMENT = {
    PaymentStatus.SUCCEEDED: (ChargeStatus.SUCCEEDED, Scenario.PAY),
    PaymentStatus.FAILED: (ChargeStatus.FAILED, Scenario.DECLINE),
    PaymentStatus.EXPIRED: (ChargeStatus.EXPIRED, ""),
}


@dataclass
class BankRows:
    charges: list[Charge] = field(default_factory=list)
    refunds: list[ChargeRefund] = field(default_factory=list)

    def add(self, booking: Booking, payment: Payment, refund: Refund | None) -> None:
        order = ChargeOrder(
            merchant=settings.SITE_NAME,
            merchant_reference=str(payment.pk),
            description=f"{settings.SITE_NAME} {booking.code}",
            amount=payment.amount_rupiah,
            currency=payment.currency,
            return_url=settings.SITE_URL,
            expires_at=payment.expires_at,
        )
        status, scenario = CHARGE_OF_PAYMENT[PaymentStatus(payment.status)]
        is_paid = status == ChargeStatus.SUCCEEDED
        charge = Charge(
            **vars(order),
            reference=payment.reference or "",
            idempotency_key=str(payment.pk),
            fingerprint=order.fingerprint(),
            status=status,
            scenario=scenario,
            captured_amount=payment.captured_rupiah,
            captured_currency=payment.currency if is_paid else "",
            refunded_amount=payment.refunded_rupiah,
            failure_code=payment.failure_code,
            created_at=payment.created_at,
            settled_at=payment.settled_at,
        )
        self.charges.append(charge)
        if refund is not None:
            self.refunds.append(
                ChargeRefund(
                    charge=charge,
                    idempotency_key=str(refund.pk),
                    amount=refund.amount_rupiah,
                    status=RefundStatus.REFUNDED,
                    created_at=refund.refunded_at or refund.created_at,
                )
            )

    def write(self) -> None:
        Charge.objects.bulk_create(self.charges, batch_size=BATCH_ROWS)
        ChargeRefund.objects.bulk_create(self.refunds)
