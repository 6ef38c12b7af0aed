"""What a device may tell: the closed schema, and the guard against what must never be stored."""
