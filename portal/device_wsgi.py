"""The WSGI entry point of the device surface; it refuses a role that may do more than knock."""

import gc
import os

# Before the settings are read: the same settings, with the addresses of devices and nothing else.
os.environ["PORTAL_SURFACE"] = "device"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

import django

django.setup(set_prefix=False)

from access.checks_demo import refuse_demo_in_production  # noqa: E402 - needs the apps
from access.lock.startup import refuse_unsafe_role  # noqa: E402 - needs the apps
from rooms.command_keys import say_what_is_missing  # noqa: E402 - needs the settings
from rooms.device_api.handler import DeviceHandler  # noqa: E402 - needs the apps

refuse_demo_in_production()
refuse_unsafe_role()
say_what_is_missing()

application = DeviceHandler()

# What stands now stays: the collector need not walk over all of it for every few hundred reports.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 20)
