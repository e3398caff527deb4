"""What the syntax of a Haskell program says, and when two texts are one program."""
