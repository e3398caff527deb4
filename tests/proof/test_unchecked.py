"""The first check of candidates says whether their definitions are accepted; later ones need not."""

from __future__ import annotations

import pytest

from seqplay.proof.tactics.batch import Answer
from seqplay.proof.unchecked import Doubtful, Unchecked


def checks(*answers: Answer) -> Unchecked:
    left = list(answers)
    return Unchecked(lambda fragment: (f"one\ntwo\n{fragment}", 2), lambda text: left.pop(0))


def test_an_error_of_a_candidate_says_nothing_against_the_definitions() -> None:
    trial = checks(Answer(True, ((3, 3),)), Answer(False, ()))
    text, before = trial.assemble("three\n")
    assert (text, before) == ("one\ntwo\nthree\n", 2)
    assert trial.check(text).errors == ((3, 3),)
    assert not trial.check(text).complete


@pytest.mark.parametrize("answer", [Answer(False, ()), Answer(True, ((2, 3),)), Answer(True, ((3, 3), (1, 1)))])
def test_definitions_that_the_first_check_does_not_accept_are_doubtful(answer: Answer) -> None:
    trial = checks(answer)
    text, _ = trial.assemble("three\n")
    with pytest.raises(Doubtful):
        trial.check(text)
