"""A made-up fleet for the demo and the tests: invented tenants in real cities.

It writes event records in the real format and reads them through the parser and the loader, so
that no number on screen was typed into a table. The same seed makes the same fleet.
"""
