"""`bin/cluster`: several web and live servers on one machine behind nginx."""
