"""What a model may write beside a proof: the fragment, its annotations, and their grammar."""
