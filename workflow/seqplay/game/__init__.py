"""The game: proposals, validation, votes, curriculum and what the players learn from them."""
