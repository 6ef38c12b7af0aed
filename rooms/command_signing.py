"""The worker's job that signs what people have ordered, so that it may be handed over."""

from __future__ import annotations

import json
import logging
import uuid
from typing import Any, Final

from access import residency
from rooms.command_keys import key_ring
from rooms.commands import KeyRing, Malformed, sign_command
from rooms.commands.envelope import LONGEST
from rooms.drain.line import Line, columns_of, unnested, working

logger = logging.getLogger(__name__)

BATCH: Final = 500

WAITING: Final = """
    select c.tenant_id, c.id, d.reference, c.kind, c.parameters::text, c.expires_at
    from rooms_devicecommand c
    join rooms_device d on d.tenant_id = c.tenant_id and d.id = c.device_id
    where c.signed is null and c.answered_at is null and lock.now() < c.expires_at
    order by c.made_at limit %s for update of c skip locked
"""
COLUMNS: Final = {"tenant_id": "uuid", "id": "uuid", "signed": "text"}
KEEP: Final = f"""
    update rooms_devicecommand c set signed = v.signed::jsonb
    from {unnested(COLUMNS)} where c.tenant_id = v.tenant_id and c.id = v.id
"""  # noqa: S608 - put together from our own text
# What cannot be signed cannot be sent: it ends here, as if the device had said so.
END: Final = """
    update rooms_devicecommand c
    set answered_at = lock.now(), outcome = 'failed', detail_code = 'NOT_SIGNED'
    from unnest(%s::uuid[], %s::uuid[]) as v(tenant_id, id)
    where c.tenant_id = v.tenant_id and c.id = v.id
"""


def sign_waiting(region: str) -> int:
    """Sign up to BATCH commands of a region, oldest first; how many were dealt with.

    A signature lasts until the command expires, and for a day at most. When that day has passed
    and nobody has fetched the command, the next fetch sends it back here (rooms/sql/commands.sql);
    one that was fetched is never signed anew, so that no device can be made to run it twice.

    Raises NoCommandKey, and BadKeys when no key is valid: the commands wait.
    """
    ring = key_ring(region)
    with residency.region(region), working(region) as line:
        return _sign(line, ring)


def _sign(line: Line, ring: KeyRing) -> int:
    rows = line.rows(WAITING, BATCH)
    now = line.now()
    good: list[tuple[uuid.UUID, uuid.UUID, str]] = []
    bad: list[tuple[uuid.UUID, uuid.UUID]] = []
    for tenant, command, device, kind, parameters, expires_at in rows:
        try:
            envelope: dict[str, Any] = sign_command(
                ring,
                command_id=command,
                device=device,
                kind=kind,
                parameters=json.loads(parameters),
                issued_at=now,
                expires_at=min(expires_at, now + LONGEST),
            )
        except Malformed as error:
            logger.error("Command %s cannot be signed: %s", command, error)
            bad.append((tenant, command))
        else:
            good.append((tenant, command, json.dumps(envelope)))
    if good:
        line.run(KEEP, *columns_of(good))
    if bad:
        line.run(END, *columns_of(bad))
    return len(rows)
