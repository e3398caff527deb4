"""A witness replays: at its instance, and as the text that ``compare`` prints, under whatever imports a program has."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from seqplay.cli import app
from seqplay.haskell import Executor, Reason
from seqplay.records import Goal, Program, Proposal, Verdict
from seqplay.validate import collect_pair, judge

pytestmark = pytest.mark.ghc

AT_ONE_TYPE = {
    "Int has an end": (
        "f :: Integral a => a -> a -> Bool\nf x y = x + abs y >= x\n",
        "f :: Integral a => a -> a -> Bool\nf x y = abs y >= 0 || x > y\n",
    ),
    "Double is not exact": (
        "f :: (Eq a, Num a) => a -> a -> a -> Bool\nf x y z = (x + y) + z == x + (y + z)\n",
        "f :: (Eq a, Num a) => a -> a -> a -> Bool\nf x y z = x == x || y /= z\n",
    ),
}


@pytest.mark.parametrize("name", AT_ONE_TYPE)
def test_a_witness_replays_at_its_instance(executor: Executor, name: str) -> None:
    p, q = AT_ONE_TYPE[name]
    found = executor.compare(p, q, evaluations=1000)
    assert found.witness is not None, found.message
    assert found.entry is not None
    assert found.entry.instance["a"] != "Integer"
    again = executor.diverge(p, q, found.witness, instance=found.entry.instance)
    assert (again.reason, again.p_output, again.q_output) == (Reason.DIVERGES, found.p_output, found.q_output)
    elsewhere = executor.diverge(p, q, found.witness, instance={"a": "Integer"})
    assert elsewhere.reason in (Reason.NO_DIFFERENCE, Reason.BAD_INPUT), elsewhere.message


def test_an_input_that_differs_at_any_instance_diverges_and_the_answer_names_it(executor: Executor) -> None:
    p, q = AT_ONE_TYPE["Int has an end"]
    answer = executor.diverge(p, q, ["9223372036854775807", "1"])
    assert answer.reason is Reason.DIVERGES, answer.message
    assert answer.entry is not None
    assert answer.entry.instance == {"a": "Int"}
    assert executor.diverge(p, q, ["5", "1"]).reason is Reason.NO_DIFFERENCE


def test_an_instance_that_does_not_fit_is_refused_with_those_that_do(executor: Executor) -> None:
    p, q = AT_ONE_TYPE["Int has an end"]
    answer = executor.diverge(p, q, ["1", "2"], instance={"a": "Bool"})
    assert (answer.reason, answer.exit_code) == (Reason.BAD_INPUT, 2)
    assert "a = Int" in answer.message


def test_the_records_of_a_pair_keep_the_instance(executor: Executor) -> None:
    p, q = AT_ONE_TYPE["Int has an end"]
    program = Program(id="p", code=p, entry="f", type="Integral a => a -> a -> Bool", name="p")
    proposal = Proposal.make(program_id="p", goal=Goal.SINQ, proposer="mutate", attempt=0, code=q)
    judgement = judge(executor, program, proposal, 0)
    assert judgement.verdict is Verdict.ACCEPTED, judgement.message
    pair = collect_pair(program, proposal, judgement, None)
    assert pair.instance == {"a": "Int"}
    assert pair.diverging_input is not None
    assert executor.diverge(p, q, pair.diverging_input, "f", pair.instance).reason is Reason.DIVERGES


def test_the_command_line_takes_a_witness_with_its_instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in zip(("p.hs", "q.hs"), AT_ONE_TYPE["Int has an end"], strict=True):
        Path(name).write_text(text)
    options = ["diverge", "p.hs", "q.hs", "--json", "--at"]
    arguments = ["--", "9223372036854775807", "1"]
    done = CliRunner().invoke(app, [*options, "a = Int", *arguments])
    assert (done.exit_code, json.loads(done.stdout)["reason"]) == (0, "diverges")
    done = CliRunner().invoke(app, [*options, "a = Integer", *arguments])
    assert (done.exit_code, json.loads(done.stdout)["reason"]) == (1, "no_difference")
    done = CliRunner().invoke(app, [*options, "Int", *arguments])
    assert done.exit_code == 2
