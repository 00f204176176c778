"""How often one visitor and one address may tap, on the site and over the API together."""

from __future__ import annotations

from accounts.limits import Limit

HOLD_BY_VISITOR = Limit("hold_visitor", 60, 30)
HOLD_BY_ADDRESS = Limit("hold_address", 1_200, 60)
