"""Deletion cases: what a worker does with one that was started, and its certificate."""
