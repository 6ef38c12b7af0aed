"""The WSGI entry point of the device surface; it refuses a role that may do more than knock."""

import gc
import os

# Before the settings are read: the same settings, with the addresses of devices and nothing else.
os.environ["PORTAL_SURFACE"] = "device"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, reset_queries

application = get_wsgi_application()

# Connections stay open, and rooms.device_api.door closes one that broke: nothing to look after
# before and after each request.
request_started.disconnect(reset_queries)
request_started.disconnect(close_old_connections)
request_finished.disconnect(close_old_connections)

from access.checks_demo import refuse_demo_in_production  # noqa: E402 - needs the apps
from access.lock.startup import refuse_unsafe_role  # noqa: E402 - needs the apps

refuse_demo_in_production()
refuse_unsafe_role()

# What stands now stays: the collector need not walk over all of it for every few hundred reports.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 20)
