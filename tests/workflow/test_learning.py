"""What players learn from, end to end: reasoning kept, predictions used, a collapse seen where it happens."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from seqplay.config import HaskellConfig
from seqplay.engines.replay import Recording
from seqplay.files import read_records, write_records
from seqplay.haskell import Executor
from seqplay.records import (
    Evaluation,
    Example,
    GuardReport,
    Kept,
    Pair,
    Prediction,
    ProposalOutcome,
    SampledProgram,
    Source,
    Summary,
    TrainingExample,
    Vote,
)
from tests.workflow.experiment import ROOT, Experiment, answers, corpus, question, record_answers
from tests.workflow.test_game import with_replay

pytestmark = pytest.mark.ghc


def reasoned(answer: str) -> str:
    return f"<think>\nLet me look at the clauses one by one.\n</think>\n\n{answer}"


def record_reasoning(path: Path, programs: list[dict[str, str]]) -> None:
    """Write the answers of a model that reasons: all of them right, but for every second vote."""
    recordings = []
    with Executor.open(HaskellConfig(evaluations=300, seconds=2)) as executor:
        for program in programs:
            for goal, (code, given) in answers(executor, program["code"], program["entry"]).items():
                block = "" if given is None else "```input\n" + "\n".join(given) + "\n```\n"
                said = reasoned(f"Change: one thing becomes another.\n{block}```haskell\n{code.strip()}\n```")
                recordings.append(Recording(contains=(program["code"].strip("\n"), question(goal)), texts=(said,)))
    votes = tuple(reasoned(f"Answer: {answer}") for answer in ("equivalent", "inequivalent"))
    recordings.append(Recording(contains=("Program Q:",), texts=votes))
    recordings.append(Recording(contains=(), texts=(reasoned("I do not know."),)))
    write_records(path, recordings)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["published_1gpu", "published_4gpu"])
def test_a_reasoning_model_learns_its_reasoning_and_not_silence(
    name: str, tmp_path: Path, reasoning_base: Path
) -> None:
    programs = corpus(8)
    published: dict[str, Any] = yaml.safe_load((ROOT / f"config/experiments/{name}.yaml").read_text())
    settings = published | {
        "experiment": "small",
        "iterations": 2,
        "engine": {"kind": "replay", "replay_file": "answers.jsonl"},
        "model": published["model"] | {"name": "tiny", "path": str(reasoning_base), "dtype": "float32"},
        "programs": {"source": "programs.jsonl", "max_characters": 0, "per_iteration": 4, "heldout": 2},
        "proof": {"evidence": "bounded"},
        "bob": published["bob"] | {"votes": 4},
        "train": published["train"] | {"max_steps": 2, "compile": False, "min_examples": 1, "batch_tokens": 4096},
        "curriculum": {"easy_fraction": 1.0},
        "evaluation": {"pairs": 2, "votes": 2},
        "haskell": {"evaluations": 300, "seconds": 2},
        "resources": {},
        "shards": {},
    }
    experiment = Experiment(tmp_path / "reasoning", settings, programs)
    record_reasoning(experiment.folder / "answers.jsonl", programs)
    experiment.play()
    results = experiment.folder / "results/small"
    for iteration in (1, 2):
        folder = results / f"iter_{iteration}"
        for agent in ("alice", "bob"):
            taught = read_records(folder / f"{agent}_training_data.jsonl", TrainingExample)
            assert taught
            assert all("</think>" in one.output and one.source is Source.MODEL for one in taught)
            account = json.loads((folder / f"{agent}_adapters/training.json").read_text())
            assert account["status"] == "trained"
            assert account["data"]["refused_unreadable"] == 0
        (summary,) = read_records(folder / "seq_summary.jsonl", Summary)
        assert summary.votes > 0
        assert summary.votes_unparsed == 0


@pytest.mark.slow
def test_of_several_proposals_the_most_promising_is_put_before_bob(tmp_path: Path, tiny_base: Path) -> None:
    programs = corpus(8)
    settings = with_replay(tiny_base, iterations=1)
    settings["alice"] = {
        "few_shot": False,
        "proposers": [{"name": "model", "weight": 1}, {"name": "mutate", "weight": 1}],
        "samples": 3,
        "ask": 1,
        "predict": {"samples": 2, "few_shot": False},
    }
    experiment = Experiment(tmp_path / "several", settings, programs)
    record_answers(experiment.folder / "answers.jsonl", programs)
    recorded = read_records(experiment.folder / "answers.jsonl", Recording)
    guess = Recording(contains=("P and Q are",), texts=("Difficulty: 6", "Difficulty: 5"))
    write_records(experiment.folder / "answers.jsonl", [guess, *recorded])
    experiment.play()
    folder = experiment.folder / "results/small/iter_1"
    pairs, asked = read_records(folder / "pairs.jsonl", Pair), read_records(folder / "asked_pairs.jsonl", Pair)
    assert len(pairs) > len(asked) == len({pair.program_id for pair in pairs})
    assert len(read_records(folder / "predictions.jsonl", Prediction)) == 2 * len(pairs)
    assert {vote.pair_id for vote in read_records(folder / "votes.jsonl", Vote)} == {pair.id for pair in asked}
    examples = read_records(folder / "iteration_data.jsonl", Example)
    assert {one.pair.id for one in examples if one.kept is Kept.NOT_ASKED} == {one.id for one in pairs} - {
        one.id for one in asked
    }
    assert all(example.predicted == 5.5 for example in examples)
    taught = read_records(folder / "alice_training_data.jsonl", TrainingExample)
    assert "predict_difficulty" in {example.task for example in taught}
    (summary,) = read_records(folder / "seq_summary.jsonl", Summary)
    outcomes = read_records(folder / "proposal_outcomes.jsonl", ProposalOutcome)
    assert sum(summary.proposals.values()) == len(outcomes) > summary.sampled
    assert sum(summary.outcomes.values()) == summary.sampled == 4
    evaluations = read_records(experiment.folder / "results/small/evaluation.jsonl", Evaluation)
    assert all(line.prediction is not None and line.prediction.predictions for line in evaluations)


GUARDED = {"guards": {"action": "stop", "min_items": 2, "one_answer": 0.8, "first_lines_drop": 0.4}}


@pytest.fixture(scope="session")
def begun(tmp_path_factory: pytest.TempPathFactory, tiny_base: Path) -> Path:
    """An experiment that has played its first iteration well, and would stop at a collapse."""
    programs = corpus(8)
    settings = with_replay(tiny_base, evaluation={"enabled": False}, **GUARDED)
    experiment = Experiment(tmp_path_factory.mktemp("begun") / "game", settings, programs)
    record_answers(experiment.folder / "answers.jsonl", programs)
    experiment.play("results/small/iter_1/seq_summary.jsonl")
    return experiment.folder


def bob_says(*texts: str) -> Callable[[list[Recording]], list[Recording]]:
    vote = Recording(contains=("Program Q:",), texts=texts)
    return lambda recorded: [vote, *recorded]


def alice_says(text: str) -> Callable[[list[Recording]], list[Recording]]:
    """Give the same answer to every program, where Bob's question is not it."""
    return lambda recorded: [
        *(one for one in recorded if "Program Q:" in (one.contains or ())),
        Recording(contains=(), texts=(text,)),
    ]


def alice_copies(recorded: list[Recording]) -> list[Recording]:
    copies = [
        Recording(contains=one.contains, texts=(f"```input\n1\n```\n```haskell\n{one.contains[0]}\n```",))
        for one in recorded
        if one.contains and len(one.contains) == 2
    ]
    return [*(one for one in recorded if one.contains and "Program Q:" in one.contains), *copies, *recorded]


POISONED = {
    "unparsed": bob_says("hm"),
    "one_answer": bob_says("Answer: equivalent"),
    "accepted_drop": alice_says("```input\n1\n```\n```haskell\nf = 1\n```"),
    "first_lines_drop": alice_says("```input\n1\n```\n```haskell\nf = 1\n```"),
    "same_program_rise": alice_copies,
}


@pytest.mark.parametrize(
    "guard", [pytest.param(name, marks=[] if name == "one_answer" else pytest.mark.slow) for name in POISONED]
)
def test_a_player_that_collapses_stops_the_run_in_that_iteration(guard: str, begun: Path, tmp_path: Path) -> None:
    folder = tmp_path / "game"
    shutil.copytree(begun, folder, symlinks=True)
    experiment = Experiment.__new__(Experiment)
    experiment.folder = folder
    path = folder / "answers.jsonl"
    write_records(path, POISONED[guard](read_records(path, Recording)))
    told = experiment.play(expect=1)
    (report,) = read_records(folder / "results/small/iter_2/guards.jsonl", GuardReport)
    assert guard in {alarm.guard for alarm in report.alarms}
    assert f"guards.{guard}:" in told
    assert "iteration 2: the players collapse" in told
    assert not (folder / "results/small/iter_2/alice_adapters").exists()


@pytest.mark.slow
def test_a_player_that_collapses_goes_back_to_the_adapter_before_where_the_run_goes_on(
    begun: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "game"
    shutil.copytree(begun, folder, symlinks=True)
    experiment = Experiment.__new__(Experiment)
    experiment.folder = folder
    settings = yaml.safe_load((folder / "own.yaml").read_text())
    settings["guards"] |= {"action": "keep_previous"}
    experiment.write(settings)
    path = folder / "answers.jsonl"
    write_records(path, POISONED["one_answer"](read_records(path, Recording)))
    experiment.play()
    results = folder / "results/small"
    bob = json.loads((results / "iter_2/bob_adapters/training.json").read_text())
    assert bob["status"] == "none"  # what iteration 1 trained is given up, and before it there was the base model
    assert read_records(results / "iter_2/bob_training_data.jsonl", TrainingExample) == []
    (summary,) = read_records(results / "iter_2/seq_summary.jsonl", Summary)
    assert [alarm.guard for alarm in summary.alarms] == ["one_answer"]
    assert "BOB COLLAPSES IN ITERATION 2" in (results / "summary.md").read_text()
    assert len(read_records(results / "iter_2/programs.jsonl", SampledProgram)) == 4
