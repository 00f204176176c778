"""Errors of the bank's API.

BankError
├── Unauthorized   401  missing or wrong key
├── NoSuchCharge   404
├── Conflict       409  the charge's state forbids it
└── Unprocessable  422  the request is invalid
"""

from __future__ import annotations


class BankError(Exception):
    """``code`` is the machine-readable error of the response."""

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
