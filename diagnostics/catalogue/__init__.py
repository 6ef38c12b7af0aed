"""The diagnostics part of the data catalogue: orders, content, activity, keys, remediations."""

from typing import Final

from diagnostics.catalogue import collections, content, keys, record, remediation

TABLES: Final = (
    *collections.TABLES,
    *content.TABLES,
    *keys.TABLES,
    *record.TABLES,
    *remediation.TABLES,
)
