"""HTTP: the website and the API, served by granian."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cinema_project.settings")
os.environ.setdefault("BROKER_TIMEOUT_SECONDS", "0.2")
os.environ.setdefault("DATABASE_RESPONSE_SECONDS", "8")
os.environ.setdefault("DATABASE_LOCK_TIMEOUT_MS", "250")
os.environ.setdefault("DATABASE_POOLED", "true")  # through PgBouncer, where there is one

django_application = get_wsgi_application()

from cinema_project.cached_responses import with_cached_responses  # noqa: E402  (needs settings)
from core.api.streamed_bodies import with_content_length  # noqa: E402

application = with_cached_responses(with_content_length(django_application))

from cinema_project import gc_tuning  # noqa: E402  (needs a ready registry)
from cinema_project.observability import setup  # noqa: E402

setup.start("web")
gc_tuning.freeze_loaded_objects()
