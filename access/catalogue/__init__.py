"""The data catalogue: what is stored about tenants, why, how long, and what opens it. Data as code.

Each app lists the fields of its own regional tables in `<app>/catalogue.py` (the ground floor's
in `access/catalogue/own.py`); this package reads the parts together. A field that no part lists
fails the build (tests/architecture/test_catalogue_fields.py) and is shown closed at run time.
"""

from access.catalogue.never import NEVER, Never
from access.catalogue.register import Entry, entries, entry_of, table_of, tables
from access.catalogue.terms import DataClass, Item, Keep, Redaction, Table

__all__ = [
    "NEVER",
    "DataClass",
    "Entry",
    "Item",
    "Keep",
    "Never",
    "Redaction",
    "Table",
    "entries",
    "entry_of",
    "table_of",
    "tables",
]
