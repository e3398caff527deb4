"""Attacks on the sandbox, as data, and the suite that runs them against any jail backend."""
