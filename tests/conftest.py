"""What all tests share: a slow machine is no failure, so examples of property tests have no time limit of their own."""

from hypothesis import settings

settings.register_profile("seqplay", deadline=None)
settings.load_profile("seqplay")
