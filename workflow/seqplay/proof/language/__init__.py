"""The language of theorems: its terms, how they are printed, substituted and evaluated."""
