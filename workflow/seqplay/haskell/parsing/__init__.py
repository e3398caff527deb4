"""From text to abstract syntax, through tree-sitter's concrete syntax tree."""
