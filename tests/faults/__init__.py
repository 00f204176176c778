"""`bin/faults`: breaks a running Layar in mid-sale, and looks at what is left.

__main__       the command: which faults, which seeds, what is printed and kept
trial          one run: customers, a fault in their midst, recovery, verdict
breakages      the faults, by name: what breaks, for how long, how it is mended
installation   Layar as `bin/run` starts it, reached through lines that can be cut
lines          TCP to a store, the bank or the web servers: cut, slow, or losing live messages
crowd          customers who write down every answer that they were given
maps           open seat maps
judge          what must be true afterwards, read from the rows, the bank's books and the API
table          docs/reliability.md
skew/          put on a process's path: gives it a wrong clock
"""
