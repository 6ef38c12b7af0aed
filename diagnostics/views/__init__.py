"""The pages of diagnostic data."""
