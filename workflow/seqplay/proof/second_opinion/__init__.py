"""Looking for an input that contradicts a proof: solved path conditions, boundary and lazy inputs."""
