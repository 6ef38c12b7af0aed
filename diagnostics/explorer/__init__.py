"""How log lines are found and shown: words that can be searched for, filters, pages, histogram."""
