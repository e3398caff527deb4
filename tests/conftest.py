"""What all tests share: a slow machine is no failure, so examples of property tests have no time limit of their own."""

import os
import sys

from hypothesis import settings

settings.register_profile("seqplay", deadline=None)
settings.load_profile("seqplay")

# The tests start hundreds of Pythons, each of which would compile the package anew: up to half of its import.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
