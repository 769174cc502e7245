"""Streams under `/live/` (`bin/run live`), and in development the whole site at one address."""

import os
import warnings

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cagette.settings")
# In development this process serves static files too, which whitenoise reads synchronously; they are small.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators", category=Warning)
application = get_asgi_application()
