"""Programs at work: entry, facts, evaluation on inputs, differential testing."""
