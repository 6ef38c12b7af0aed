"""How long data stays that more than one app holds."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from access.catalogue.terms import Keep

# The published most for what identifies an organisation or a person, after the end.
AFTER_THE_END: Final = timedelta(days=180)
# The worker's task that carries deletion cases out; a tenant that leaves is one.
DELETION_CASE: Final = "diagnostics.cases"
RECORD_JOB: Final = "a job that drops what belongs to a record whose time is over"
PUBLISHED: Final = "published: at most 180 days after the end of the service"

WHILE_SERVED: Final = Keep(
    "while the tenant is served, then 180 days at the most",
    PUBLISHED,
    time=AFTER_THE_END,
    task=DELETION_CASE,
)
WITH_THE_RECORD: Final = Keep(
    "as long as the record that it belongs to: 180 days at the least",
    "published: the portal's record of access is kept for 180 days",
    awaits=RECORD_JOB,
)
THE_LOG: Final = Keep(
    "for good: the log only grows; it holds ids, kinds and times",
    "a log that lost entries could not be verified; published: 180 days at the least",
    command="erase_name",
)
