"""The training stage: who is trained when, from what, on what, and what its folder says where nobody is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from safetensors.torch import load_file
from tiny_models import example

from seqplay.adapters import TrainingResult, has_adapter
from seqplay.adapters import train as stage
from seqplay.adapters.train import initial_adapter, train, trains
from seqplay.config import Config
from seqplay.errors import ConfigError, InputError
from seqplay.files import write_records
from seqplay.records import Alarm, GuardReport, Role, TrainingExample

WEIGHTS = "adapter_model.safetensors"
TRAIN = {"max_steps": 2, "batch_tokens": 512, "max_length": 300, "heldout_share": 0.0, "learning_rate": 1e-3}
TRAIN |= {"min_examples": 1, "accumulation": 1}


def settings(base: Path, *, balance: str = "none", **training: object) -> Config:
    return Config.model_validate(
        {
            "iterations": 3,
            "engine": {"kind": "transformers"},
            "model": {"path": str(base), "name": "tiny", "dtype": "float32", "max_length": 512},
            "alice": {"few_shot": False},
            "bob": {"few_shot": False},
            "curriculum": {"balance": balance},
            "train": {**TRAIN, **training},
        }
    )


def quiet(iteration: int) -> GuardReport:
    return GuardReport(iteration=iteration, measures={}, alarms=[], action="stop")


def trained(config: Config, data: list[TrainingExample], output: Path, iteration: int = 1, previous=()):
    return train(data, quiet(iteration), list(previous), [], output, config=config, agent=Role.BOB, iteration=iteration)


def account(folder: Path) -> dict[str, object]:
    return json.loads((folder / "training.json").read_text())


@pytest.fixture
def examples() -> list[TrainingExample]:
    return [example(number) for number in range(6)]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch):
    """What the stage hands to the trainer, without training."""
    calls: list[dict[str, object]] = []

    def watched(job, **more):
        calls.append({"examples": list(job.examples), "previous": job.previous, **more})
        return TrainingResult(status="none", agent=Role.BOB, iteration=1)

    monkeypatch.setattr(stage, "train_adapter", watched)
    return calls


def test_the_initial_adapter_plays_first_and_is_carried_over(base, examples, tmp_path) -> None:
    trained(settings(base), examples, tmp_path / "given")
    config = settings(base, initial_adapter={"bob": str(tmp_path / "given")})
    assert initial_adapter(config, Role.BOB) == tmp_path / "given"
    assert initial_adapter(config, Role.ALICE) is None
    result = trained(config, [], tmp_path / "first")
    assert result.status == "carried_over"
    assert (tmp_path / "first" / WEIGHTS).read_bytes() == (tmp_path / "given" / WEIGHTS).read_bytes()


def test_onward_training_begins_with_the_initial_adapter(base, examples, tmp_path) -> None:
    trained(settings(base), examples, tmp_path / "given")
    still = settings(
        base, initial_adapter={"bob": str(tmp_path / "given")}, continuity="onward", max_steps=1, learning_rate=1e-9
    )
    trained(still, examples, tmp_path / "first")
    given, first = (load_file(tmp_path / name / WEIGHTS) for name in ("given", "first"))
    assert all((given[name] - first[name]).abs().max() < 1e-6 for name in given)


def test_a_folder_without_an_adapter_is_named_with_its_key(base, tmp_path) -> None:
    config = settings(base, initial_adapter={"alice": str(tmp_path)})
    with pytest.raises(ConfigError, match=r"train\.initial_adapter\.alice: .* holds no adapter"):
        initial_adapter(config, Role.ALICE)


def test_initial_data_is_new_in_the_first_iteration_and_there_in_every_later_one(
    base, examples, tmp_path, asked
) -> None:
    given = tmp_path / "given.jsonl"
    write_records(given, examples[:2])
    config = settings(base, initial_data={"bob": str(given)})
    later = [one.model_copy(update={"iteration": 2}) for one in examples[2:]]
    trained(config, [], tmp_path / "a", 1)
    trained(config, later, tmp_path / "b", 2)
    assert [[one.pair_id for one in call["examples"]] for call in asked] == [
        ["pair0", "pair1"],
        [f"pair{number}" for number in range(6)],
    ]
    assert {one.iteration for one in asked[0]["examples"]} == {0}


def test_initial_data_of_the_other_player_is_refused_by_its_line(base, examples, tmp_path) -> None:
    given = tmp_path / "given.jsonl"
    write_records(given, [*examples[:2], example(9, agent=Role.ALICE)])
    with pytest.raises(InputError, match=r"given\.jsonl:3: an example of the other player"):
        trained(settings(base, initial_data={"bob": str(given)}), [], tmp_path / "out")


@pytest.mark.parametrize("agent", list(Role))
def test_a_player_may_wait_for_the_last_iteration(base, examples, tmp_path, asked, agent) -> None:
    config = settings(base, **{f"{agent.value}_schedule": "last"})
    other = next(role for role in Role if role is not agent)
    assert [trains(config, agent, iteration) for iteration in (1, 2, 3)] == [False, False, True]
    assert [trains(config, other, iteration) for iteration in (1, 2, 3)] == [True] * 3
    for iteration in (1, 2, 3):
        train(examples, quiet(iteration), [], [], tmp_path / "out", config=config, agent=agent, iteration=iteration)
    assert [len(call["examples"]) for call in asked] == [0, 0, 6]
    assert "last iteration" in str(asked[0]["why_none"])


def test_too_few_examples_leave_the_previous_adapter_and_say_why(base, examples, tmp_path) -> None:
    trained(settings(base), examples, tmp_path / "first")
    lonely = [one.model_copy(update={"iteration": 2}) for one in examples if "inequivalent" in one.output]
    result = trained(settings(base, balance="weights"), lonely, tmp_path / "second", 2, [tmp_path / "first"])
    assert (result.status, result.why) == (
        "carried_over",
        "0 SEQ and 3 SINQ examples, and train.min_examples asks for 1 of each",
    )
    assert (tmp_path / "second" / WEIGHTS).read_bytes() == (tmp_path / "first" / WEIGHTS).read_bytes()
    assert account(tmp_path / "second")["why"] == result.why
    assert result.why in (tmp_path / "second" / "README.md").read_text()
    few = trained(settings(base, min_examples=7), examples, tmp_path / "third")
    assert (few.status, few.why) == ("none", "6 examples, and train.min_examples asks for 7")


def test_refused_examples_are_counted_in_the_account_and_listed_beside_it(base, examples, tmp_path) -> None:
    silent = examples[0].model_copy(update={"output": "I do not know."})
    result = trained(settings(base), [*examples[1:], silent], tmp_path / "out")
    assert (result.refused_unreadable, result.examples) == (1, 5)
    assert account(tmp_path / "out")["data"]["refused_unreadable"] == 1
    report = json.loads((tmp_path / "out" / "data_report.json").read_text())
    assert report["unreadable"] == [{"pair_id": "pair0", "task": "judge", "reason": "no line `Answer: …`"}]


def test_where_every_example_is_refused_the_list_is_still_written(base, examples, tmp_path) -> None:
    silent = [one.model_copy(update={"output": "I do not know."}) for one in examples]
    result = trained(settings(base), silent, tmp_path / "out")
    assert (result.status, result.refused_unreadable) == ("none", 6)
    assert len(json.loads((tmp_path / "out" / "data_report.json").read_text())["unreadable"]) == 6


def test_the_adapter_of_each_epoch_is_kept(base, examples, tmp_path) -> None:
    trained(settings(base, keep_epochs=True, epochs=3, max_steps=0), examples, tmp_path / "out")
    epochs = [tmp_path / "out" / f"epoch_{number}" for number in (1, 2, 3)]
    assert all(has_adapter(folder) for folder in epochs)
    weights = [(folder / WEIGHTS).read_bytes() for folder in epochs]
    assert len(set(weights)) == 3
    assert weights[2] == (tmp_path / "out" / WEIGHTS).read_bytes()
    carried = trained(settings(base), [], tmp_path / "next", 2, [tmp_path / "out"])
    assert carried.status == "carried_over"
    assert not list((tmp_path / "next").glob("epoch_*"))


def test_balanced_training_says_what_each_class_gave(base, examples, tmp_path) -> None:
    more = [*examples, *(example(number) for number in (8, 10, 12))]
    trained(settings(base, balance="weights"), more, tmp_path / "out")
    classes = json.loads((tmp_path / "out" / "data_report.json").read_text())["classes"]
    assert classes == {"seq": {"questions": 3, "learnt": 6}, "sinq": {"questions": 6, "learnt": 6}}


def test_a_player_that_collapses_goes_back_to_the_adapter_of_before(base, examples, tmp_path) -> None:
    for name in ("good", "bad"):
        trained(settings(base), examples if name == "good" else examples[:4], tmp_path / name)
    alarm = Alarm(agent=Role.BOB, guard="one_answer", message="96 % of Bob's readable votes give one answer")
    collapsed = GuardReport(iteration=3, measures={}, alarms=[alarm], action="keep_previous")
    new = [one.model_copy(update={"iteration": 3}) for one in examples]
    folders = ([tmp_path / "bad"], [tmp_path / "good"])
    result = train(new, collapsed, *folders, tmp_path / "out", config=settings(base), agent=Role.BOB, iteration=3)
    assert (result.status, result.why) == ("carried_over", stage.COLLAPSED)
    assert (tmp_path / "out" / WEIGHTS).read_bytes() == (tmp_path / "good" / WEIGHTS).read_bytes()
    alice = [one.model_copy(update={"agent": Role.ALICE}) for one in new]
    other = train(alice, collapsed, [], [], tmp_path / "alice", config=settings(base), agent=Role.ALICE, iteration=3)
    assert other.status == "trained"
