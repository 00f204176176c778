"""`bin/faults`: injects faults into a running Layar during sales and checks what is left."""
