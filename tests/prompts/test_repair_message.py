"""A repair prompt shows the end of a tool's message, so that a long one leaves room for an answer."""

from __future__ import annotations

from seqplay import prompts


def asked(message: str) -> str:
    return prompts.repair("theorem", "p", "q", "proof", message, [], False)[-1].content


def test_a_short_message_is_shown_whole() -> None:
    assert "line 3: type mismatch" in asked("line 3: type mismatch")


def test_of_a_long_message_the_end_is_shown() -> None:
    lines = [f"constraint {number} is not satisfied" for number in range(10_000)]
    shown = asked("\n".join([*lines, "The cause: x < 0"]))
    assert "The cause: x < 0" in shown
    assert "constraint 0 " not in shown
    assert len(shown) < len(asked("")) + prompts.LONGEST_MESSAGE + 10
    assert "[…]\nconstraint " in shown
