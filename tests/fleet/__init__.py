"""Rooms for tests: fitted out with real parts, and read in from event records as Windows writes
them. A test that asks nothing of devices stands on these; the demo's rooms are what devices said.
"""
