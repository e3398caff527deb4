"""Evaluation suites: does what the players learned transfer to tasks that the game knows nothing of?

A suite is a configuration: where its items are, their columns, the prompt, the reader of answers, and the scorer. Two
scorers cover all: an answer is a program that is put to the item's test (``trials``), or a word of a closed set
(``classification``). Nothing is downloaded here, and nothing of a suite is trained on.
"""
