"""Take reports out of the inbox, oldest first, for as long as the transaction lives.

A region's devices are spread over shards by the last byte of their key, and a shard has one
drainer at a time: an advisory lock that ends with the transaction. So the reports of a device are
drained in their order. Rows are taken with SKIP LOCKED all the same, and rooms are locked before
they are read: if two processes disagree about the number of shards, order is lost, and nothing
else.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Final, NamedTuple

from rooms.drain.line import Line

# The first half of the advisory lock's key; the shard is the second.
DRAINS: Final = 0x0D2A14

TAKE: Final = """
    with taken as materialized (
        select tenant_id, id from rooms_reportinbox
        where get_byte(uuid_send(device_id), 15) %% %s = %s
        order by id limit %s for update skip locked)
    delete from rooms_reportinbox i using taken t
    where i.tenant_id = t.tenant_id and i.id = t.id
    returning i.id, i.tenant_id, i.device_id, i.report_id, i.received_at, i.observed_at, i.body
"""


class Taken(NamedTuple):
    """One accepted report, as it stood in the inbox. `at` is when it counts from."""

    id: int
    tenant_id: uuid.UUID
    device_id: uuid.UUID
    report_id: uuid.UUID
    received_at: datetime
    observed_at: datetime
    body: str

    @property
    def at(self) -> datetime:
        """When it was read, but never later than it arrived: a clock ahead decides nothing."""
        return min(self.observed_at, self.received_at)


def take(line: Line, shard: int, shards: int, most: int) -> list[Taken] | None:
    """Up to `most` reports of a shard, oldest first; None while another process drains it."""
    if not line.rows("select pg_try_advisory_xact_lock(%s, %s)", DRAINS, shard)[0][0]:
        return None
    return sorted(Taken(*row) for row in line.rows(TAKE, shards, shard, most))
