"""The report's input: an experiment's records and the way of each item through them."""
