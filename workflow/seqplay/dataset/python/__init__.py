"""The Python side: its jail, its unit tests, and whether Haskell agrees with it."""
