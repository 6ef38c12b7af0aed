"""What the device surface is measured beside: a Django view that inserts one row, unchecked.

The same settings, server and role; no signature, no schema, no middleware.
"""

import os

os.environ["PORTAL_SURFACE"] = "device"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

from django.conf import settings

settings.ROOT_URLCONF = "tests.bench.bare_urls"
settings.MIDDLEWARE = []

from django.core.wsgi import get_wsgi_application  # noqa: E402 - after its settings

application = get_wsgi_application()
