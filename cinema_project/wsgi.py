"""HTTP: the website and the API, served by granian."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cinema_project.settings")
os.environ.setdefault("DATABASE_POOLED", "true")  # through PgBouncer, where there is one

application = get_wsgi_application()

from cinema_project import observing  # noqa: E402  (needs a ready registry)

observing.start("web")

# What was loaded stays; a request leaves little in circles. Looking through all of it for rubbish
# every 700 new objects, as Python does by itself, took a twentieth of a sale's time.
GARBAGE_THRESHOLDS = (50_000, 20, 50)
gc.collect()
gc.freeze()
gc.set_threshold(*GARBAGE_THRESHOLDS)
