"""The WSGI application of the constant page."""

from __future__ import annotations

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.floors.page_settings"

from cinema_project.wsgi import application

__all__ = ["application"]
