"""Everything that differs between two installations comes from the environment, read here once.

docs/operations.md lists each variable. One file a topic; Django sees them as one.
"""

from __future__ import annotations

import django_stubs_ext

from cinema_project.settings.api import *  # noqa: F403
from cinema_project.settings.background import *  # noqa: F403
from cinema_project.settings.environment import *  # noqa: F403
from cinema_project.settings.files import *  # noqa: F403
from cinema_project.settings.logs import *  # noqa: F403
from cinema_project.settings.messages import *  # noqa: F403
from cinema_project.settings.office import *  # noqa: F403
from cinema_project.settings.parts import *  # noqa: F403
from cinema_project.settings.people import *  # noqa: F403
from cinema_project.settings.safety import *  # noqa: F403
from cinema_project.settings.selling import *  # noqa: F403
from cinema_project.settings.site import *  # noqa: F403
from cinema_project.settings.stores import *  # noqa: F403

django_stubs_ext.monkeypatch()
