"""Settings, read from the environment. docs/operations.md lists each variable."""

from __future__ import annotations

import django_stubs_ext

from cinema_project.settings.admin import *  # noqa: F403
from cinema_project.settings.api import *  # noqa: F403
from cinema_project.settings.apps import *  # noqa: F403
from cinema_project.settings.auth import *  # noqa: F403
from cinema_project.settings.base import *  # noqa: F403
from cinema_project.settings.celery import *  # noqa: F403
from cinema_project.settings.databases import *  # noqa: F403
from cinema_project.settings.email import *  # noqa: F403
from cinema_project.settings.env import *  # noqa: F403
from cinema_project.settings.logging import *  # noqa: F403
from cinema_project.settings.sales import *  # noqa: F403
from cinema_project.settings.security import *  # noqa: F403
from cinema_project.settings.storage import *  # noqa: F403

django_stubs_ext.monkeypatch()
