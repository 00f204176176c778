"""Read by Django (FORMAT_MODULE_PATH); settings missing here are Django's defaults."""

from cinema_project.formats import *  # noqa: F403  (all it has are formats)
