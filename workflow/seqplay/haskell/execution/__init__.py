"""What running programs shows: which parts of them the inputs of a comparison reached."""
