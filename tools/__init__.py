"""Programs that stand beside the portal and need none of it."""
