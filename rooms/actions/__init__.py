"""Every write of the rooms app: one verb each, in one transaction under a signed context."""
