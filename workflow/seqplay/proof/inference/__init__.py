"""Types in the language of theorems: inference, schemes, classes."""
