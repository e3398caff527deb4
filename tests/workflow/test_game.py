"""The whole game, end to end, with recorded answers and with `mutate` alone: real GHC, real jail, real training."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seqplay.errors import InputError
from seqplay.files import read_records
from seqplay.operations.publish import publish
from seqplay.records import Evaluation, Example, Outcome, SampledProgram, Summary
from tests.engines.resident import own_machine
from tests.workflow.experiment import Experiment, corpus, record_answers

pytestmark = pytest.mark.ghc

SMALL: dict[str, Any] = {
    "experiment": "small",
    "iterations": 2,
    "programs": {"source": "programs.jsonl", "max_characters": 0, "per_iteration": 4, "heldout": 2},
    "evaluation": {"pairs": 2, "votes": 2},
    "haskell": {"evaluations": 300, "seconds": 2},
}


def with_replay(base: Path, **more: Any) -> dict[str, Any]:
    """A small experiment whose model answers from recordings, and whose adapters train a tiny model."""
    return {
        **SMALL,
        "engine": {"kind": "replay", "replay_file": "answers.jsonl"},
        "model": {"name": "tiny", "path": str(base), "dtype": "float32", "max_length": 4096},
        "alice": {"few_shot": False, "proposers": [{"name": "model", "weight": 1}]},
        "bob": {"few_shot": False, "votes": 4},
        "curriculum": {"easy_fraction": 1.0, "balance": False},
        "train": {"max_steps": 2, "max_length": 4096, "batch_tokens": 4096, "min_examples": 1},
        **more,
    }


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory, tiny_base: Path) -> Experiment:
    """Two undisturbed iterations with recorded answers."""
    programs = corpus(8)
    experiment = Experiment(tmp_path_factory.mktemp("played"), with_replay(tiny_base), programs)
    record_answers(experiment.folder / "answers.jsonl", programs)
    experiment.play()
    return experiment


def test_two_iterations_end_with_a_summary_that_adds_up(played: Experiment) -> None:
    results = played.folder / "results/small"
    for iteration in (1, 2):
        folder = results / f"iter_{iteration}"
        (summary,) = read_records(folder / "seq_summary.jsonl", Summary)
        sampled = read_records(folder / "programs.jsonl", SampledProgram)
        outcomes = read_records(folder / "outcomes.jsonl", Outcome)
        assert sum(summary.outcomes.values()) == summary.sampled == len(sampled) == 4
        assert sorted(outcome.program_id for outcome in outcomes) == sorted(item.program.id for item in sampled)
        assert {tool.split()[0] for tool in summary.tools} <= {"GHC", "kernel"}
        assert summary.votes == 4 * sum(summary.accepted.values())
        assert summary.accepted.get("seq", 0) >= 1
        assert 1 <= summary.edit_kinds <= summary.accepted_by_proposer["model"]
    pages = ["iter_1/report.html", "iter_2/report.html", "report.html"]
    assert all("</html>" in (results / page).read_text() for page in pages)
    page = (results / "summary.md").read_text()
    assert "SEQ LABELS HERE REST ON" in page


def test_adapters_are_trained_and_the_next_iteration_plays_with_them(played: Experiment) -> None:
    folder = played.folder / "results/small/iter_1/alice_adapters"
    assert (folder / "adapter_model.safetensors").is_file()
    (summary,) = read_records(played.folder / "results/small/iter_1/seq_summary.jsonl", Summary)
    assert summary.adapters == {"alice": "trained", "bob": "trained"}


def test_learning_is_measured_for_the_base_and_after_each_iteration(played: Experiment) -> None:
    found = read_records(played.folder / "results/small/evaluation.jsonl", Evaluation)
    assert [line.iteration for line in found] == [0, 1, 2]
    assert all(line.bob["all"].total == 4 and line.alice["all"].total == 2 for line in found)


def test_what_is_published_loads_as_peft_and_datasets_load_it(
    played: Experiment, tiny_base: Path, tmp_path: Path
) -> None:
    import datasets
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    results = played.folder / "results/small"
    written = publish(results, tmp_path / "out", iteration=None, licence="mit")
    base = AutoModelForCausalLM.from_pretrained(tiny_base)
    for agent in ("alice", "bob"):
        adapted = PeftModel.from_pretrained(base, str(tmp_path / "out" / agent))
        assert adapted.peft_config["default"].base_model_name_or_path == "tiny"
        assert "difference to the base" in (tmp_path / "out" / agent / "README.md").read_text()
    rows = datasets.load_dataset(str(tmp_path / "out/pairs"), split="train", cache_dir=str(tmp_path / "cache"))
    summaries = [read_records(results / f"iter_{number}/seq_summary.jsonl", Summary)[0] for number in (1, 2)]
    assert len(rows) == sum(sum(summary.accepted.values()) for summary in summaries)
    assert {row["goal"] for row in rows["pair"]} <= {"seq", "sinq"}
    cards = [path.read_text() for path in written if path.name in ("README.md", "adapter_config.json")]
    assert str(tiny_base) not in "".join(cards), "a path of this machine is nobody else's"
    with pytest.raises(InputError, match="is not empty"):
        publish(results, tmp_path / "out", iteration=None, licence="mit")


def test_nothing_of_the_held_out_programs_is_trained_on(played: Experiment) -> None:
    results = played.folder / "results/small"
    held = (results / "programs/heldout.jsonl").read_text().splitlines()
    ids = {line.split('"id":"')[1][:16] for line in held}
    for iteration in (1, 2):
        examples = read_records(results / f"iter_{iteration}/iteration_data.jsonl", Example)
        assert not ids & {example.pair.program_id for example in examples}


def test_a_second_call_does_nothing(played: Experiment) -> None:
    before = played.files()
    assert "Nothing to be done" in played.play()
    assert played.files() == before


def test_an_edited_key_reruns_what_depends_on_it_and_nothing_else(played: Experiment) -> None:
    played.write({**played.settings, "curriculum": {"easy_fraction": 0.5, "balance": False}})
    told = played.play(flags=("--dry-run", "--quiet", "rules"))
    played.write({**played.settings, "curriculum": {"easy_fraction": 1.0, "balance": False}})
    assert "Nothing to be done" in played.play(flags=("--dry-run",))
    assert "prepare_programs" not in told


@pytest.fixture(scope="session")
def without_model(tmp_path_factory: pytest.TempPathFactory) -> Experiment:
    """One iteration that `mutate` plays alone, on a dataset with bad lines."""
    settings = {**SMALL, "iterations": 1, "engine": {"kind": "none"}, "model": {"name": "none"}}
    settings |= {"alice": {"proposers": [{"name": "mutate", "weight": 1}]}}
    experiment = Experiment(tmp_path_factory.mktemp("none"), settings, corpus(8))
    with (experiment.folder / "programs.jsonl").open("a") as handle:
        handle.write('not json\n{"text": "no code"}\n{"code": "f :: Int -> IO Int\\nf x = return x"}\n')
    experiment.play("results/small/iter_1/seq_summary.jsonl")
    return experiment


def test_a_targeted_file_is_made_without_the_rest(without_model: Experiment) -> None:
    results = without_model.folder / "results/small"
    assert (results / "iter_1/seq_summary.jsonl").is_file()
    assert not (results / "eval_0").exists()
    assert not (results / "summary.md").exists()


def test_without_a_model_mutate_plays_and_the_summary_says_so(without_model: Experiment) -> None:
    (summary,) = read_records(without_model.folder / "results/small/iter_1/seq_summary.jsonl", Summary)
    assert summary.accepted_by_proposer.get("mutate", 0) >= 1
    assert summary.adapters == {"alice": "none", "bob": "none"}
    assert any("No model could be had" in note for note in summary.notes)


def test_bad_lines_of_a_dataset_are_skipped_counted_and_listed(without_model: Experiment) -> None:
    skipped = (without_model.folder / "results/small/programs/skipped.jsonl").read_text()
    assert "not JSON" in skipped
    assert "no text in the field 'code'" in skipped
    assert "io_entry" in skipped


def test_an_iteration_in_which_nothing_is_accepted_passes_through_every_stage(tmp_path: Path, tiny_base: Path) -> None:
    experiment = Experiment(tmp_path / "empty", with_replay(tiny_base, iterations=1), corpus(8))
    record_answers(experiment.folder / "answers.jsonl", [])
    experiment.play()
    (summary,) = read_records(experiment.folder / "results/small/iter_1/seq_summary.jsonl", Summary)
    assert summary.outcomes == {"rejected:unparsed": 4}
    assert summary.adapters == {"alice": "none", "bob": "none"}


def partial_with(experiment: Experiment, pattern: str, lines: int) -> Callable[[], bool]:
    """Say whether a stage's partial file has so many finished items."""

    def ready() -> bool:
        found = list((experiment.folder / "results/small").glob(pattern))
        return any(path.read_bytes().count(b"\n") > lines for path in found if path.is_file())

    return ready


KILLED = {
    "sampling programs": ("programs/.train.jsonl.partial", 1),
    "proposing": ("iter_1/proposals/.*.partial", 2),
    "validating": ("iter_1/verdicts/.*.partial", 0),
    "voting": ("iter_1/ballots/.*.partial", 3),
    "training": ("iter_1/.alice_adapters.partial/**/*", 0),
    "evaluating": ("eval_1/ballots/.*.partial", 1),
    "the second iteration": ("iter_2/proposals/.*.partial", 1),
}
STAYING = ("voting", "training", "the second iteration")
"""Where the game is killed while one engine serves all its stages, and its trainings fork from one process."""


@pytest.mark.parametrize(
    "stage", [pytest.param(stage, marks=[] if stage == "voting" else [pytest.mark.slow]) for stage in KILLED]
)
def test_a_game_that_is_killed_in_any_stage_ends_with_the_same_files(
    stage: str, played: Experiment, tmp_path: Path, tiny_base: Path
) -> None:
    programs, settings = corpus(8), with_replay(tiny_base)
    if stage in STAYING:
        settings["engine"]["resident"] = "yes"
    experiment = Experiment(tmp_path / "killed", settings, programs)
    record_answers(experiment.folder / "answers.jsonl", programs, seconds=0.4)
    pattern, lines = KILLED[stage]
    interrupted = partial_with(experiment, pattern, lines)
    with own_machine(tmp_path):
        assert experiment.kill_when(interrupted), f"{stage}: was never interrupted"
        begun = pattern.endswith(".partial") and partial_with(experiment, pattern, max(1, lines))()
        experiment.play(flags=("--unlock",))
        told = experiment.play()
    if begun:  # the stage may have ended, and the next one begun, between the look and the kill
        assert "done before, going on" in told
    assert experiment.files() == played.files()
    logs = [path.read_text() for path in (experiment.folder / "results/small/logs").rglob("*.log")]
    daemons = sum("daemon engine-" in text for text in logs)
    assert 0 < daemons <= 2 if stage in STAYING else not daemons
