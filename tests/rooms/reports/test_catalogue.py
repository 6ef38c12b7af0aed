"""Every field of the schema is in the data catalogue, and nothing else is."""

from __future__ import annotations

import pytest

from rooms.reports import catalogue
from rooms.reports.catalogue import DataClass


def test_every_field_is_listed() -> None:
    missing = catalogue.unlisted()
    assert not missing, "add to ENTRIES in rooms/reports/catalogue.py:\n" + "\n".join(missing)


def test_nothing_is_listed_that_is_no_field() -> None:
    assert set(catalogue.ENTRIES) == set(catalogue.fields())


def test_line_to_add_is_printed_for_an_unlisted_field(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(catalogue.ENTRIES, "system.serial")
    (line,) = catalogue.unlisted()
    assert "'system.'" in line
    assert "'serial'" in line


def test_what_points_at_the_organisation_is_classed_so() -> None:
    pointing = {name for name, entry in catalogue.ENTRIES.items() if entry.data is DataClass.OII}
    assert pointing == {
        "system.serial", "network.addresses", "network.mac",
        "peripherals.instance", "peripherals.parent",
    }  # fmt: skip


@pytest.mark.parametrize("field", catalogue.ENTRIES)
def test_field_lands_in_tables_of_the_data_catalogue(field: str) -> None:
    """Each with an item of the same class, or the inbox, which opens like the strictest of them."""
    entry = catalogue.ENTRIES[field]
    assert len(entry.tables) == len(entry.lands.split(", "))
    for table in entry.tables:
        classes = {item.data for item in table.items}
        assert entry.data in classes or table.model == "rooms.ReportInbox"
