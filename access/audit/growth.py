"""Proofs that a log only grew since it was handed out before (RFC 9162, section 2.1.4).

A bundle that holds a part of the log cannot show by itself that it continues an earlier one. So it
carries a consistency proof from each checkpoint that a bundle of the same tenant was made for:
that stands in the record, and so the bundle is the same whenever it is made again.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from access.audit import proofs
from access.audit.bundles import Bundle
from access.audit.notes import encoded

if TYPE_CHECKING:
    from access.audit.export import Source

# Earlier checkpoints that a bundle can be compared with; a proof has a kilobyte or two.
MOST: Final = 50


def add_growth(
    bundle: Bundle, of: Source, tenant_id: uuid.UUID | str | None, also: Iterable[int] = ()
) -> None:
    """Add `consistency/<size>.json` for what was handed out of this tenant, or of the whole log.

    `also` are sizes that the reader asks for; those that the log has not are left out.
    """
    asked = {size for size in also if 0 < size < of.size}
    for size in sorted(asked | set(_handed_out(of, tenant_id))):
        with of.cursor as cursor:
            steps = proofs.consistency(cursor, of.log, size, of.size)
        bundle.add_json(
            f"consistency/{size}.json",
            {"old": size, "size": of.size, "hashes": [encoded(one) for one in steps]},
        )


def _handed_out(of: Source, tenant_id: uuid.UUID | str | None) -> list[Any]:
    """The sizes of earlier bundles, the newest ones; all stand before this checkpoint."""
    with of.cursor as cursor:
        cursor.execute(
            "select distinct size from (select case when e.detail ->> 'size' ~ '^[0-9]{1,15}$'"  # noqa: S608 - ours
            f" then (e.detail ->> 'size')::bigint end as size from {of.log.event} e"
            f" join {of.log.leaf} l on l.event_id = e.id where e.type = 'record.exported'"
            " and e.tenant_id is not distinct from %s and l.position < %s) told"
            " where size between 1 and %s order by size desc limit %s",
            [tenant_id, of.size, of.size - 1, MOST],
        )
        return [row[0] for row in cursor.fetchall()]
