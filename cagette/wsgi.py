"""Pages, under a WSGI server with threads (`bin/run web`)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cagette.settings")
application = get_wsgi_application()
