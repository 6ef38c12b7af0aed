"""Tampering with the ledger that a tenant is given: what it counts, and what it leaves out."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from access.verify import rooms_verify as verify
from access.verify.drills.cases import Case, Tampering
from access.verify.drills.workshop import Files

# Views in the ledger of the drill.
MOST: Final = 5


class LedgerTampering(Tampering):
    """A log in the workshop, whose views one tenant is told of."""

    def cases(self) -> Iterable[Case]:
        """Each way to tamper with the log, and those with a ledger made of it."""
        yield from super().cases()
        views = self._views()
        if views:
            for case in (self.wrong_count(views), self.view_left_out(views)):
                yield replace(case, keys=self.keys)

    def wrong_count(self, views: dict[int, dict[str, Any]]) -> Case:
        """One view less than the records show."""
        line = self._line(views)
        return Case(
            "Ledger with a wrong count",
            f"The access ledger of a tenant says {line['views'] - 1} of {line['views']} views.",
            self._ledger(views, {**line, "views": line["views"] - 1}),
            ("ledger.differs",),
            min(views),
        )

    def view_left_out(self, views: dict[int, dict[str, Any]]) -> Case:
        """A view that no line counts."""
        kept = dict(sorted(views.items())[:-1])
        return Case(
            "Ledger that leaves a view out",
            f"The view of position {max(views)} was taken out of the access ledger's counts.",
            self._ledger(views, self._line(kept)) if kept else self._ledger(views),
            ("ledger.omits",),
            max(views),
        )

    def _views(self) -> dict[int, dict[str, Any]]:
        """A few views of one day, person and purpose, by position."""
        found: dict[int, dict[str, Any]] = {}
        first: list[Any] = []
        for position, leaf in enumerate(self.leaves):
            if len(found) == MOST or b'"type":"view.' not in leaf:
                continue
            record = json.loads(leaf)
            keys = ("tenant_reference", "scopes", "purpose", "actor_id")
            alike = [record["recorded_at"][:10], *(record[key] for key in keys)]
            shown = record["outcome"] == "opened" and not record["detail"]
            if shown and alike == (first or alike):
                first = alike
                found[position] = record
        return found

    def _line(self, views: dict[int, dict[str, Any]]) -> dict[str, Any]:
        """The line that counts them rightly."""
        records = list(views.values())
        scopes = sorted(records[0]["scopes"])
        part = "auditor" if scopes == ["audit.view"] else "operator"
        times = sorted(record["recorded_at"] for record in records)
        things = {(one["subject_type"], one["subject_reference"]) for one in records}
        return {
            "day": times[0][:10],
            "scopes": scopes,
            "purpose": records[0]["purpose"],
            "who": f"{part}, employee, DE",
            "views": len(records),
            "sent": 0,
            "things": len(things),
            "first": times[0],
            "last": times[-1],
            "positions": sorted(views),
        }

    def _ledger(self, views: dict[int, dict[str, Any]], *lines: dict[str, Any]) -> Files:
        """The bundle: the views, the lives of their grants, and the ledger with these lines."""
        grants = {one for record in views.values() for one in record["grant_references"]}
        told = [json.loads(leaf) for leaf in self.leaves]
        about = {at: one for at, one in enumerate(told) if one["subject_reference"] in grants}
        requests = {one["detail"].get("request") for one in about.values()}
        asked = [at for at, one in enumerate(told) if one["subject_reference"] in requests - {None}]
        first = next(iter(views.values()))
        ledger = {
            "month": first["recorded_at"][:7],
            "tenant": first["tenant_reference"],
            "lines": lines,
        }
        files = self.excerpt(sorted({*views, *about, *asked}))
        return {**files, "ledger.json": json.dumps(ledger).encode()}


def right_ledger(files: Files) -> verify.Report:
    """What the verifier says of the same ledger untouched; for the tests of the drills."""
    made = LedgerTampering(files)
    views = made._views()
    return verify.verify_source(made._ledger(views, made._line(views)), made.keys)
