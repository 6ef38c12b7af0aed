"""Every write of the ground floor, one verb each.

An action runs inside a signed context (`context.opened`), locks the row it decides about, reads
the clock, judges, writes, and records, in one transaction.
"""
