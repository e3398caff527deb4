"""The reflected Prelude: its source as Liquid Haskell reads it."""
