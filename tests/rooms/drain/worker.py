"""A worker process that drains the EU until it is stopped, or until nothing has come for a while.

Started by a test with the environment of a worker; it says "ready" first.
"""

from __future__ import annotations

import os
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")


def main() -> None:
    """Small batches, so that a kill meets many transactions."""
    django.setup()
    from rooms.drain.batch import drain_batch  # noqa: PLC0415 - Django must be set up

    print("ready", flush=True)
    idle = 0
    while idle < 10:
        done = drain_batch("eu", most=7)
        idle = 0 if done.taken else idle + 1
        if not done.taken:
            time.sleep(0.05)


if __name__ == "__main__":
    main()
