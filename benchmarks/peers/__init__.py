"""The same work on another open ticketing system, beside Layar, in one run."""
