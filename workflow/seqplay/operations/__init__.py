"""What a person asks about a run: what is missing, what it will cost, how far it is."""
