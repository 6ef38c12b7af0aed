"""The database lock: signed context, policies, and the migration operation that locks a table.

`functions.sql` is what PostgreSQL checks; `context.py` signs what it checks;
`operations.py` puts a table under it; `roles.sql` makes the roles it binds.
"""
