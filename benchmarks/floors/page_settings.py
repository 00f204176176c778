"""The product's settings with the floor's one page: the same middleware for a constant."""

from cinema_project.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.floors.page"
