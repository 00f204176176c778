"""`bin/cluster`: several web and live servers of one machine behind a real nginx.

arguments     what the operator asked for
nginx_conf    deploy/nginx/*.conf made into a configuration; `bin/nginx-conf` for real servers
nginx         finds the program, starts it
members       the web and live servers, each on a socket that outlives its processes
rolling       a new process is up before the old one goes
__main__      the order of a run
"""
