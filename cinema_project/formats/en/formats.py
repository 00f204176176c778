"""Read by Django (FORMAT_MODULE_PATH); what stands not here is Django's own."""

from cinema_project.formats import *  # noqa: F403  (all it has are formats)
