"""The game's stages: what is played, judged, voted on, kept and counted; one module a stage."""
