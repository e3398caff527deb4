"""Near duplicates, and splits that keep them together."""
