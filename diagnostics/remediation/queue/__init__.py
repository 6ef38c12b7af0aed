"""The worker's side of the remediation queue: what is due is found in tables and moved on."""
