"""How a stage runs: its job, log and progress, its pool, its partial file, its shards, and what sweeps share."""
