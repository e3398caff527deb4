"""The rule-based Alice: rewrites that keep a program's meaning, and rewrites that break it."""
