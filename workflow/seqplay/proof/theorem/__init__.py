"""The theorem that the pipeline writes: problem, merged programs, metrics, module, submission."""
