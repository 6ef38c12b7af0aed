"""From sealed chunks to guarded, encrypted lines: a worker checks a bundle whole, or not at all."""
