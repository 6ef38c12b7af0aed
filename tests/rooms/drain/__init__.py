"""From the inbox to health, as the worker's role."""
