"""Liquid Haskell: finding, installing, asking (warm and cold), and reading its verdict."""
