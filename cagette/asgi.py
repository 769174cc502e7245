"""Streams under `/live/` (`bin/run live`), and in development the whole site at one address."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cagette.settings")
application = get_asgi_application()
