"""`bin/dev`: `bin/run` for development, with DEBUG and reload on code changes."""
