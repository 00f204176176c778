"""Benchmarks: each figure is compared with its floor, the minimal cost of the same work."""
