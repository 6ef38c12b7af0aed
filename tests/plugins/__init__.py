"""pytest plugins of our own, loaded by name before Django reads its settings."""
