"""Every mutation, by area."""

from tests.mutants.catalogue.backups import BACKUPS
from tests.mutants.catalogue.bookings import BOOKINGS
from tests.mutants.catalogue.notifications import NOTIFICATIONS
from tests.mutants.catalogue.payments import PAYMENTS
from tests.mutants.catalogue.refunds import REFUNDS
from tests.mutants.catalogue.reports import REPORTS
from tests.mutants.catalogue.seating import SEATING
from tests.mutants.catalogue.waitlist import WAITLIST
from tests.mutants.mutation import Mutation

MUTATIONS: tuple[Mutation, ...] = (
    *SEATING,
    *PAYMENTS,
    *REFUNDS,
    *BOOKINGS,
    *WAITLIST,
    *NOTIFICATIONS,
    *BACKUPS,
    *REPORTS,
)
