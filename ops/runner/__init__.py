"""`bin/run`: brings the whole of Layar up on one machine, watches over it, and stops it.

__main__      the run as a command
run           the order of a run, from its first lock to its last word
arguments     what the operator asked for
folder        the data folder and its locks
environment   what every process is told
stores        embedded ones, or the operator's own
prepare       a process of its own: static files, migrations, demo chain
services      the processes and how each shows that it is up
supervisor    restarts what died
steps         what the operator sees
"""
