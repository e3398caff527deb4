"""The lemma store: lemmas of earlier pairs, found again by the content of the definitions that they speak of."""
