"""Engines: one interface, from a language model (or a recording) to completions."""

import os

# read when torch starts its threads: spinning ones take the core from the one that works
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
