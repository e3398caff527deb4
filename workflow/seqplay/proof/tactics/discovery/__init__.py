"""Lemma discovery: conjectures by exploring the programs' own functions, proved in equational reasoning of its own."""
