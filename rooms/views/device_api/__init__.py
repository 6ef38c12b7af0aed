"""What devices call. Every view here is a few lines: known, parsed, stored, answered."""
