"""One odd item is that item's verdict: a type without end is refused by name, a bug in seqplay never ends a stage."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from seqplay.config import HaskellConfig, ProgramsConfig
from seqplay.dataset import lines
from seqplay.dataset.lines import validate_file
from seqplay.errors import WorkerLost
from seqplay.files import read_records
from seqplay.game import bob
from seqplay.game.programs import prepare_programs
from seqplay.game.validate import judge, validate
from seqplay.haskell import Executor, Reason
from seqplay.haskell.execution import differential, evaluation, loading, questions, showing
from seqplay.haskell.execution import driver as drive
from seqplay.haskell.execution.entry import Chosen
from seqplay.records import (
    Answer,
    Ballot,
    Goal,
    Judgement,
    Pair,
    Program,
    Proposal,
    SkippedLine,
    Verdict,
    Vote,
)
from tests.game.builders import completion, pair

pytestmark = pytest.mark.ghc

ENDLESS = {
    "a perfect tree": ("data P a = Z a | S (P (a, a))\nf :: P Int -> Int\nf _ = 1\n", "P Int is a nested data type"),
    "a finger tree": (
        "data Node a = Two a a | Three a a a\ndata Digit a = One a | Four a a a a\n"
        "data Finger a = Empty | Single a | Deep (Digit a) (Finger (Node a)) (Digit a)\n"
        "f :: Finger Int -> Int\nf _ = 1\n",
        "Finger Int is a nested data type",
    ),
    "nested through another type": (
        "data A a = A0 | A (B [a])\ndata B a = B (A (Maybe a))\nf :: A Bool -> Int\nf _ = 1\n",
        "A Bool is a nested data type",
    ),
    "a stream": ("data S a = S a (S a)\nf :: S Int -> Int\nf (S x _) = x\n", "S Int has no finite value"),
    "two types that need each other": (
        "data A = A Int B\ndata B = B (Maybe Int, A)\nf :: A -> Int\nf _ = 1\n",
        "A has no finite value",
    ),
    "a stream inside": (
        "data S = S Int S\ndata T = N | T S\nf :: T -> Int\nf _ = 1\n",
        "S has no finite value",
    ),
    "a newtype of itself": ("newtype L = L L\nf :: L -> Int\nf _ = 1\n", "L has no finite value"),
    "a stream as the result": ("data S = S Int S\nf :: Int -> S\nf n = S n (f n)\n", "S has no finite value"),
}


@pytest.mark.parametrize("name", ENDLESS)
def test_a_type_without_end_is_refused_by_name_within_a_second(executor: Executor, name: str) -> None:
    code, told = ENDLESS[name]
    executor.check("f :: Int -> Int\nf x = x\n")
    other = code.replace("(f n)", "(f (n + 0))") if "(f n)" in code else f"{code.rstrip()} + 0\n"
    for ask in (executor.check, lambda text: executor.compare(text, other)):
        started = time.process_time(), time.monotonic()
        answer = ask(code)
        assert time.process_time() - started[0] < 1
        assert time.monotonic() - started[1] < 5, "a busy machine gets more, the compiler's 38 seconds it does not"
        assert answer.reason in (Reason.NOTHING_TESTABLE, Reason.UNPRINTABLE), answer.message
        assert told in answer.message


FINITE = {
    "a tree at two types": "data T a = L | N (T a) a (T a)\nf :: T (T Bool) -> Int\nf _ = 1\n",
    "an expression": "data E = V Int | A E E | Many [E]\nf :: E -> Int\nf _ = 1\n",
    "children in a list alone": "data R = R Int [R]\nf :: R -> Int\nf _ = 1\n",
    "a fixed point": "newtype Fix f = Fix (f (Fix f))\ndata L r = Nil | Cons Int r\nf :: Fix L -> Int\nf _ = 1\n",
    "deep in its own argument": "data P a = P a a\nf :: P (P (P (P (P (P (P Int)))))) -> Int\nf _ = 1\n",
    "larger once": "data T a = E | T a (T (Maybe Int))\nf :: T Int -> Int\nf _ = 1\n",
}


@pytest.mark.parametrize("name", FINITE)
def test_a_type_of_finite_values_can_play(executor: Executor, name: str) -> None:
    answer = executor.check(FINITE[name])
    assert answer.verdict is Verdict.ACCEPTED, answer.message


P = "f :: Int -> Int\nf x = x + 1\n"
Q = "f :: Int -> Int\nf x = 1 + x\n"
STEPS: dict[str, tuple[Any, str]] = {
    "loading": (questions, "load"),
    "choosing the entry": (Chosen, "describe"),
    "the conversions": (drive.Codecs, "codec"),
    "the plan": (drive, "plan"),
    "the driver": (drive, "module"),
    "the instances": (questions, "instances"),
    "the same program": (loading, "same_program"),
    "an outcome": (evaluation, "read_outcome"),
    "the verdict": (differential, "conclusion"),
    "showing": (showing, "_together"),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_crash_in_a_step_is_the_item_s_verdict_with_a_line_to_report(
    executor: Executor, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    home, name = STEPS[step]
    asks = [
        lambda: executor.check(P),
        lambda: executor.run(P, ["1"]),
        lambda: executor.show(P, [[["1"]], [["2"]]])[0],
        lambda: executor.diverge(P, Q, ["1"]),
        lambda: executor.compare(P, Q),
    ]
    with monkeypatch.context() as patched:

        def crash(*_: object, **__: object) -> None:
            raise RecursionError("maximum depth")

        patched.setattr(home, name, crash)
        answers = [ask() for ask in asks]
    broken = [answer for answer in answers if answer.reason is Reason.BUG]
    assert broken
    for answer in broken:
        assert (answer.verdict, answer.exit_code) == (Verdict.INFRA_ERROR, 3)
        assert "RecursionError: maximum depth" in answer.message
        assert "please report" in answer.message
        assert "\n" not in answer.message
    assert executor.run(P, ["1"]).output == "2"


def crash_on(word: str, function: Any) -> Any:
    """Return a function that breaks where one of its arguments holds a word, such as no object's address holds."""

    def planted(*args: Any, **kwargs: Any) -> Any:
        if any(word in str(arg) for arg in args):
            raise ZeroDivisionError("planted")
        return function(*args, **kwargs)

    return planted


def test_a_crash_in_one_proposal_does_not_end_the_validation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = Program(id="p", code=P, entry="f", type="Int -> Int", name="p")
    codes = [Q, "f :: Int -> Int\nf oddOne = oddOne - 1\n", "f :: Int -> Int\nf x = x - 1\n"]
    proposals = [
        Proposal.make(program_id="p", goal=Goal.SEQ, proposer="mutate", attempt=n, code=code)
        for n, code in enumerate(codes)
    ]
    monkeypatch.setattr("seqplay.game.validate.judge", crash_on("oddOne", judge))
    output = tmp_path / "verdicts.jsonl"
    validate({"p": program}, proposals, output, haskell=HaskellConfig(workers=1), seed=0, needs_proof=False)
    found = read_records(output, Judgement)
    assert [(one.verdict, one.reason) for one in found] == [
        (Verdict.ACCEPTED, "no_difference"),
        (Verdict.INFRA_ERROR, "bug"),
        (Verdict.REJECTED, "diverges"),
    ]
    assert "ZeroDivisionError: planted" in found[1].message


def cast(of: Pair, sample: int, found: list[str]) -> Ballot:
    """Return a ballot that says that the programs differ on an input."""
    said = completion(of.id, "", sample)
    return Ballot(pair_id=of.id, sample=sample, answer=Answer.INEQUIVALENT, found_input=found, completion=said)


def test_an_input_of_bob_s_that_cannot_be_run_is_no_vote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = pair(1, Goal.SINQ).model_copy(update={"p": P, "q": "f :: Int -> Int\nf x = if x == 3 then 0 else x + 1\n"})
    ballots = [cast(held, sample, [text]) for sample, text in enumerate(["3", "-77", "4"])]
    monkeypatch.setattr("seqplay.game.bob._found", crash_on("-77", bob._found))
    output = tmp_path / "votes.jsonl"
    bob.score_votes([held], ballots, output, haskell=HaskellConfig(workers=1))
    assert [(vote.sample, vote.correct) for vote in read_records(output, Vote)] == [(0, True), (2, False)]
    with pytest.raises(WorkerLost, match=r"none of the 1 inputs .*ZeroDivisionError"):
        bob.score_votes([held], ballots[1:2], tmp_path / "lost.jsonl", haskell=HaskellConfig(workers=1))


def test_where_a_proof_is_needed_agreement_asks_for_no_coverage(tmp_path: Path) -> None:
    seldom = "f :: Int -> Int\nf x = if g x then (if x > 2 then h x else h (x - 1)) else x + 1\n" + (
        "g :: Int -> Bool\ng x = x * x + 7 * x == 1000003 * 1000003\n"
        "h :: Int -> Int\nh y = if y > 1 then (if y > 2 then 5 else 6) else (if y > 0 then 4 else 3)\n"
    )
    program = Program(id="p", code=seldom, entry="f", type="Int -> Int", name="p")
    code = seldom.replace("x + 1", "1 + x")
    proposals = [Proposal.make(program_id="p", goal=Goal.SEQ, proposer="mutate", attempt=0, code=code)]
    found = {}
    for needs_proof in (False, True):
        output = tmp_path / f"{needs_proof}.jsonl"
        validate(
            {"p": program}, proposals, output, haskell=HaskellConfig(workers=1), seed=0, needs_proof=needs_proof
        )  # fmt: skip
        found[needs_proof] = read_records(output, Judgement)[0]
    assert (found[False].verdict, found[False].reason) == (Verdict.REJECTED, "inconclusive")
    assert (found[True].verdict, found[True].reason) == (Verdict.ACCEPTED, "no_difference")


def test_a_crash_on_one_program_does_not_end_the_preparation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "programs.jsonl"
    codes = [P, "oddOne :: Int -> Int\noddOne x = x\n", "g :: Int -> Int\ng x = x * 2\n"]
    source.write_text("".join(json.dumps({"code": code}) + "\n" for code in codes))
    from seqplay.game import programs

    monkeypatch.setattr(programs, "normal_id", crash_on("oddOne", programs.normal_id))
    train, heldout, skipped = (tmp_path / f"{name}.jsonl" for name in ("train", "heldout", "skipped"))
    prepare_programs(
        ProgramsConfig(source=str(source), heldout=1), HaskellConfig(workers=1), train, heldout, skipped,
        near_duplicate=0.9,
    )  # fmt: skip
    refused = read_records(skipped, SkippedLine)
    assert [line.line for line in refused] == [2]
    assert "please report" in refused[0].reason
    assert len(read_records(train, Program)) == 1


def test_a_crash_on_one_line_does_not_end_dataset_validate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text("".join(json.dumps({"code": P, "input": text}) + "\n" for text in ("1", "77", "3")))
    monkeypatch.setattr(lines, "readings", crash_on("77", lines.readings))
    counts = validate_file(source, tmp_path / "out", HaskellConfig(workers=1))
    assert (counts.lines, counts.infra_errors) == (3, 1)
    kept = [json.loads(line) for line in (tmp_path / "out" / "validated.jsonl").read_text().splitlines()]
    assert [line["reason"] for line in kept] == ["value", "bug", "value"]


def test_the_same_program_is_no_difference_and_no_proposal(executor: Executor) -> None:
    renamed = "f :: Int -> Int\nf y = y + 1 -- the same\n"
    found = executor.compare(P, renamed)
    assert (found.verdict, found.reason, found.exit_code) == (Verdict.ACCEPTED, Reason.SAME_PROGRAM, 0)
    program = Program(id="p", code=P, entry="f", type="Int -> Int", name="p")
    for goal in Goal:
        proposal = Proposal.make(program_id="p", goal=goal, proposer="mutate", attempt=0, code=renamed)
        answer = judge(executor, program, proposal, 0)
        assert (answer.verdict, answer.reason, answer.evidence) == (Verdict.REJECTED, "same_program", None)
