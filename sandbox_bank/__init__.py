"""A pretended bank, as if it were another company.

It has its own tables, its own page and its own API, and knows nothing of cinemas: it imports
nothing of bookings, and bookings reach it by HTTP alone. Only mounted when SANDBOX_ENABLED.
"""
