"""What the bank answers to a request that it does not carry out.

BankError
├── Unauthorized   401  no key, or a wrong one
├── NoSuchCharge   404
├── Conflict       409  the charge's state forbids it
└── Unprocessable  422  the request cannot mean anything
"""

from __future__ import annotations


class BankError(Exception):
    """``code`` is for the merchant's program; the bank's API speaks to programs only."""

    status = 400

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class Unauthorized(BankError):
    status = 401


class NoSuchCharge(BankError):
    status = 404

    def __init__(self) -> None:
        super().__init__("no_such_charge")


class Conflict(BankError):
    status = 409


class Unprocessable(BankError):
    status = 422
