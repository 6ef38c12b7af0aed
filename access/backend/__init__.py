"""Django's PostgreSQL backend, plus what the lock needs to know of a connection."""
