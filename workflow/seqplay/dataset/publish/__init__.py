"""The dataset's folder: its tables, counts and card."""
