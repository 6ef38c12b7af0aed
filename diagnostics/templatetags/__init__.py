"""Template tags of the diagnostics app."""
