"""The pure floor of the remediation queue: what may be done, when, to what, and whether it helped.

Plain values in, verdicts out: no table, no clock, and no network but in `graph`, a client.
"""
