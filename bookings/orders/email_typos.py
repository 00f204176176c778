"""Probable typing errors in the domain of an email address: gmial.com, yahoo.con."""

from __future__ import annotations

COMMON_DOMAINS = (
    "gmail.com", "yahoo.com", "yahoo.co.id", "outlook.com", "outlook.co.id", "hotmail.com",
    "icloud.com", "ymail.com", "rocketmail.com", "live.com", "msn.com", "me.com", "proton.me",
    "protonmail.com", "telkom.net", "indosat.net.id",
)  # fmt: skip
# Real domains that are one letter away from a common one.
LOOKALIKES = {
    "mail.com",
    "email.com",
    "gmx.com",
    "gmx.net",
    "yahoo.co",
    "live.co.uk",
    "ymail.co.id",
}
LONG_DOMAIN = 9  # minimum length for which two errors are tolerated


def suggested_address(email: str) -> str:
    """The address with the probably intended domain; empty if no typing error is suspected."""
    name, _at, domain = email.strip().rpartition("@")
    domain = domain.lower()
    if not name or domain in COMMON_DOMAINS or domain in LOOKALIKES:
        return ""
    tolerated = 2 if len(domain) >= LONG_DOMAIN else 1
    distance, nearest = min((edit_distance(domain, known), known) for known in COMMON_DOMAINS)
    return f"{name}@{nearest}" if distance <= tolerated else ""


def edit_distance(one: str, other: str) -> int:
    """Insertions, deletions, changes and swaps of neighbours between two words."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for y, letter in enumerate(one, start=1):
        before, row_above, row = row, before, [y]
        for x, wanted in enumerate(other, start=1):
            cost = min(before[x] + 1, row[x - 1] + 1, before[x - 1] + (letter != wanted))
            if y > 1 and x > 1 and letter == other[x - 2] and one[y - 2] == wanted:
                cost = min(cost, row_above[x - 2] + 1)
            row.append(cost)
    return row[-1]
