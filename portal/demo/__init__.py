"""The demo: brings every server and process of Rooms Ops up on one machine, and down again.

Imports no Django: it starts the processes that do.
"""
