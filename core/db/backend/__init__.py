"""Django's PostgreSQL backend with a connection health check that rarely costs a query."""
