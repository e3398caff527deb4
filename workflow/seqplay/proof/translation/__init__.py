"""From Haskell's syntax to the language of theorems."""
