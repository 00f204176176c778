"""`bin/run`: starts all of Layar on one machine, supervises it, and stops it."""
