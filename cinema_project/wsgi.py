"""HTTP: the website and the API, served by granian."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cinema_project.settings")

application = get_wsgi_application()

from cinema_project import observing  # noqa: E402  (needs a ready registry)

observing.start("web")
