"""Every write of the diagnostics app, one verb each."""
