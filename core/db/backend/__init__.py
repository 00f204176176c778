"""Django's PostgreSQL backend, with a check of kept connections that does not cost a query."""
