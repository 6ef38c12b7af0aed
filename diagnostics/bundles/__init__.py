"""Reading what a device handed in: a zip of event logs, text logs, queries and activity.

Pure: no models, no database, nothing on disk. `bundle.open_bundle` checks the whole file first and
refuses it with a reason; then its files are read one after the other in constant memory.
"""
