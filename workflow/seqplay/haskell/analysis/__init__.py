"""What a program says without running it: source, imports, normal form, arguments."""
