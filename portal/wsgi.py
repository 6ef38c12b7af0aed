"""The WSGI entry point for the web process. It refuses to serve under an unsafe role."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

application = get_wsgi_application()

from access.lock.startup import refuse_unsafe_role  # noqa: E402 - needs the apps to be ready

refuse_unsafe_role()
