"""The WSGI entry point of the web process; it refuses an unsafe role, and a demo in production."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

application = get_wsgi_application()

from access.checks_demo import refuse_demo_in_production  # noqa: E402 - needs the apps
from access.lock.startup import refuse_unsafe_role  # noqa: E402 - needs the apps

refuse_demo_in_production()
refuse_unsafe_role()
