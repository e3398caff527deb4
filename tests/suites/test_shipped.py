"""The suites that come with seqplay: what they claim, checked by GHC, and that looks do not tell their labels."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from benchmarks.shipped_suites import alone, corpus, game_pairs, like_heldout
from seqplay import prompts
from seqplay.config import EngineConfig, HaskellConfig, ProofConfig, parse_config
from seqplay.dataset.similarity.shingles import tokens
from seqplay.engines.replay import Recording
from seqplay.errors import ConfigError, InputError
from seqplay.files import read_records, write_records
from seqplay.game.looks import SurfaceClassifier
from seqplay.game.rewrites import EDITS
from seqplay.haskell import Executor
from seqplay.haskell.analysis.normalise import normal_id
from seqplay.proof.prover_pool import ProverPool
from seqplay.records import Evidence, Goal, Verdict
from seqplay.suites import apart
from seqplay.suites.authoring import ShippedPair, ShippedTask, read_bases, read_pairs, read_tasks
from seqplay.suites.contamination import near_training
from seqplay.suites.formats import messages, read_suite
from seqplay.suites.scorers import HaskellScorer
from seqplay.suites.shipped import (
    PAIR_SOURCES,
    PAIRS,
    TASK_SOURCES,
    TASKS,
    fault,
    item,
    near_programs,
    texts,
    wrong_solutions,
)
from seqplay.suites.tables import LOOKS

WRONG = 20
"""Wrong solutions a topic that fail, at least."""
MUTANTS = 6
"""Solutions with a mistake that are tried of each task."""
GUESSED = 0.55
ODD_INPUTS = {
    "tasks/arithmetic/pagesNeeded": "a negative number of lines",
    "tasks/grids/pascalMod": "a negative modulus",
    "tasks/grids/winnerOf": "other characters, other sizes",
    "tasks/lists/mergeManySorted": "lists that are not ascending",
}
"""Tasks of which a mistake shows only on inputs that the description excludes."""


@pytest.fixture(scope="module")
def pairs() -> list[ShippedPair]:
    return read_records(PAIRS, ShippedPair)


@pytest.fixture(scope="module")
def tasks() -> list[ShippedTask]:
    return read_records(TASKS, ShippedTask)


def test_what_is_shipped_is_what_the_sources_say(pairs: list[ShippedPair], tasks: list[ShippedTask]) -> None:
    hint = "run `python benchmarks/shipped_suites.py build`"
    assert tasks == read_tasks(TASK_SOURCES), hint
    assert list(map(sourced, pairs)) == list(map(sourced, read_pairs(PAIR_SOURCES))), hint


def sourced(pair: ShippedPair) -> ShippedPair:
    """Return what a source says of a pair: its evidence may have been found since."""
    evidence = Evidence.BOUNDED if pair.label is Goal.SEQ else Evidence.WITNESS
    return pair.model_copy(update={"witness": None, "evidence": evidence, "proof": None})


def test_there_are_164_tasks_by_topic_and_level(tasks: list[ShippedTask]) -> None:
    assert len(tasks) >= 164
    assert min(Counter(task.topic for task in tasks).values()) >= 10
    assert set(Counter(task.level for task in tasks)) == {1, 2, 3}
    assert len({task.task_id for task in tasks}) == len({task.prompt for task in tasks}) == len(tasks)


def test_there_are_400_pairs_half_of_them_seq_at_every_level(pairs: list[ShippedPair]) -> None:
    assert len(pairs) >= 400
    for level in (1, 2, 3):
        labels = Counter(pair.label for pair in pairs if pair.level == level)
        assert labels[Goal.SEQ] == labels[Goal.SINQ] >= 40
    assert all((pair.witness is not None) == (pair.label is Goal.SINQ) for pair in pairs)
    either_way = {frozenset((normal_id(pair.p, pair.entry), normal_id(pair.q, pair.entry))) for pair in pairs}
    assert len(either_way) == len(pairs), "no pair is there twice, and none is a program beside itself"


def test_no_program_is_like_one_that_the_game_draws_from(pairs: list[ShippedPair], tasks: list[ShippedTask]) -> None:
    ours = [(code, pair.entry) for pair in pairs for code in (pair.p, pair.q)]
    ours += [(task.canonical_solution, task.entry_point) for task in tasks]
    programs = corpus()
    assert list(near_programs([(one.code, one.entry) for one in programs], ours)) == []
    suites = parse_config({"evaluation": {"suites": ["haskell_tasks", "haskell_pairs"]}}).evaluation.suites
    assert near_training(suites, programs, 0.8) == {"haskell_tasks": [], "haskell_pairs": []}


def test_a_pair_that_differs_is_rewritten_as_much_as_one_that_does_not(pairs: list[ShippedPair]) -> None:
    def apart_(label: Goal) -> float:
        found = [abs(len(tokens(pair.p)) - len(tokens(pair.q))) for pair in pairs if pair.label is label]
        return sum(found) / len(found)

    assert abs(apart_(Goal.SEQ) - apart_(Goal.SINQ)) < 0.05 * apart_(Goal.SEQ)


def test_looks_do_not_tell_the_label(pairs: list[ShippedPair]) -> None:
    trained = SurfaceClassifier.fit(game_pairs(corpus()[::8], 1))
    assert trained.balanced_accuracy(texts(pairs)) <= GUESSED
    entries = sorted({pair.entry for pair in pairs})
    for fold in range(2):  # nor do they to a classifier that has seen half of these very pairs
        seen = set(entries[fold::2])
        known = SurfaceClassifier.fit(texts(pair for pair in pairs if pair.entry in seen))
        assert known.balanced_accuracy(texts(pair for pair in pairs if pair.entry not in seen)) <= GUESSED


def test_looks_tell_the_label_of_a_set_that_is_not_balanced(pairs: list[ShippedPair]) -> None:
    """The classifier can learn: where a mistake stands alone, and SEQ pairs are rewritten, it knows."""
    found = alone(corpus()[::4])
    half = len(found) // 2
    assert SurfaceClassifier.fit(found[:half]).balanced_accuracy(found[half:]) > 0.8


@pytest.mark.slow
def test_looks_tell_what_the_page_says_of_held_out_and_of_shipped_pairs() -> None:
    programs = corpus()
    trained = SurfaceClassifier.fit(game_pairs(programs))
    assert round(trained.balanced_accuracy(texts(read_records(PAIRS, ShippedPair))), 2) == LOOKS["haskell_pairs"]
    told = [trained.balanced_accuracy(like_heldout(programs, level)) for level in EDITS]
    assert told == pytest.approx([0.5, 0.5], abs=0.05), "docs/explanation/suites.md"


def passed(tasks: list[ShippedTask], codes: list[str]) -> list[bool]:
    with Executor.open_for_trials(HaskellConfig(seconds=2)) as executor, ThreadPoolExecutor(executor.workers) as pool:
        scorer = HaskellScorer(executor)
        found = pool.map(lambda one: scorer.score(item(one[0]), one[1]), zip(tasks, codes, strict=True))
        return [score.passed for score in found]


def faults(pairs: list[ShippedPair], seed: int, evaluations: int) -> list[str]:
    with Executor.open(HaskellConfig()) as executor, ThreadPoolExecutor(executor.workers) as pool:
        return [said for said in pool.map(lambda pair: fault(executor, pair, seed, evaluations), pairs) if said]


@pytest.mark.ghc
def test_solutions_pass_and_labels_hold_in_a_sample(pairs: list[ShippedPair], tasks: list[ShippedTask]) -> None:
    chosen = tasks[::10]
    assert all(passed(chosen, [task.canonical_solution for task in chosen]))
    assert faults(pairs[::17], 0, 200) == []


@pytest.mark.ghc
def test_a_wrong_label_and_a_wrong_solution_are_seen(pairs: list[ShippedPair], tasks: list[ShippedTask]) -> None:
    same, other = pairs[0], next(pair for pair in pairs if pair.label is Goal.SINQ)
    turned = [
        same.model_copy(update={"label": Goal.SINQ, "witness": other.witness}),
        other.model_copy(update={"label": Goal.SEQ}),
    ]
    assert len(faults(turned, 0, 200)) == 2
    assert passed(tasks[:1], [wrong_solutions(tasks[0], 1)[0].code]) == [False]


@pytest.mark.ghc
@pytest.mark.slow
def test_all_solutions_pass(tasks: list[ShippedTask]) -> None:
    found = passed(tasks, [task.canonical_solution for task in tasks])
    assert [task.task_id for task, right in zip(tasks, found, strict=True) if not right] == []


@pytest.mark.ghc
@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_all_labels_hold(pairs: list[ShippedPair], seed: int) -> None:
    assert faults(pairs, seed, 1000) == []


@pytest.mark.ghc
@pytest.mark.slow
def test_all_proofs_are_accepted_again(pairs: list[ShippedPair]) -> None:
    proved = [pair for pair in pairs if pair.proof is not None]
    assert {pair.label for pair in proved} == {Goal.SEQ}
    with ProverPool(HaskellConfig(), ProofConfig()) as prover, ThreadPoolExecutor(prover.workers) as pool:
        found = list(pool.map(lambda pair: prover.check(pair.p, pair.q, pair.proof or "", pair.entry), proved))
    assert [pair.id for pair, said in zip(proved, found, strict=True) if said.verdict is not Verdict.ACCEPTED] == []


@pytest.mark.ghc
@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_wrong_solutions_fail(tasks: list[ShippedTask]) -> None:
    mutants = [(task, wrong.code) for task in tasks for wrong in wrong_solutions(task, MUTANTS)]
    found = passed([task for task, _ in mutants], [code for _, code in mutants])
    failed = Counter(task.topic for (task, _), right in zip(mutants, found, strict=True) if not right)
    assert failed.keys() == {task.topic for task in tasks}
    assert min(failed.values()) >= WRONG, failed
    survivors = [one for one, right in zip(mutants, found, strict=True) if right]
    with Executor.open(HaskellConfig()) as executor, ThreadPoolExecutor(executor.workers) as pool:
        told = pool.map(
            lambda one: executor.compare(
                one[0].canonical_solution, one[1], one[0].entry_point, evaluations=300, seconds=10
            ),
            survivors,
        )
        differ = [
            (one[0].task_id, said.witness, one[1]) for one, said in zip(survivors, told, strict=True) if said.witness
        ]
    assert [one for one in differ if one[0] not in ODD_INPUTS] == []


def test_a_name_is_enough_in_a_configuration_and_another_one_is_refused_in_one_line() -> None:
    suites = parse_config({"evaluation": {"suites": ["haskell_tasks", "haskell_pairs"]}}).evaluation.suites
    assert [len(read_suite(suite)) >= least for suite, least in zip(suites, (150, 400), strict=True)] == [True, True]
    with pytest.raises(ConfigError, match="shipped suites are haskell_tasks, haskell_pairs"):
        parse_config({"evaluation": {"suites": ["haskell_taks"]}})
    again = {"name": "mine", "format": "haskell_pairs", "items": "shipped:haskell_pairs", "samples": 4}
    assert parse_config({"evaluation": {"suites": [again]}}).evaluation.suites[0].path == PAIRS


def test_pairs_are_asked_as_bob_is_asked_and_read_as_he_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # any folder will do
    write_records(tmp_path / "answers.jsonl", [Recording(contains=(), texts=("So.\nAnswer: equivalent",))])
    engine = {"kind": "replay", "replay_file": str(tmp_path / "answers.jsonl")}
    config = parse_config(
        {"engine": engine, "model": {"name": "replayed"}, "evaluation": {"suites": ["haskell_pairs"]}}
    )
    suite, pair = config.evaluation.suites[0], read_records(PAIRS, ShippedPair)[0]
    for few_shot in (True, False):
        asked = messages(suite, read_suite(suite)[0], few_shot)
        assert asked == prompts.judge(pair.p, pair.q, pair.entry, few_shot), "as the game asks Bob"
    (result,) = apart.evaluate_suites(config, None, tmp_path / "out")
    assert result.all_answers is not None
    assert (result.all_answers.balanced_accuracy, result.unparsed, result.as_in_paper) == (0.5, 0, None)
    assert set(result.by_category) == {"level 1", "level 2", "level 3"}


@pytest.mark.ghc
@pytest.mark.slow
def test_tasks_are_asked_scored_and_shown_by_topic(tmp_path: Path, tasks: list[ShippedTask]) -> None:
    recordings = [
        Recording(contains=(task.prompt,), texts=(f"```haskell\n{task.canonical_solution}```",)) for task in tasks[1:]
    ]
    write_records(tmp_path / "answers.jsonl", [*recordings, Recording(contains=(), texts=("no idea",))])
    engine = EngineConfig.model_validate({"kind": "replay", "replay_file": str(tmp_path / "answers.jsonl")})
    config = parse_config({"model": {"name": "replayed"}, "evaluation": {"suites": ["haskell_tasks"]}})
    (result,) = apart.evaluate_suites(config.model_copy(update={"engine": engine}), None, tmp_path / "out")
    assert result.accuracy.value == pytest.approx((len(tasks) - 1) / len(tasks))
    assert set(result.by_category) == {task.topic for task in tasks}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("=== 1 f :: Int -> Int\n--- P\nf x = x\n", "found 1 programs and 0 slips"),
        ("=== 1 f :: Int -> Int\n--- P\nf x = x\n--- same\nf y = y + 0\n--- slip z ==> 1\n", "is there 0 times"),
        ("=== 1 f :: Int -> Int\n--- P\nf x = x\n--- same\nf y = y + 0\n--- slip y + 0\n", "OLD ==> NEW"),
    ],
)
def test_a_source_that_cannot_be_read_is_named_with_its_entry(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "odd.txt"
    path.write_text(text)
    with pytest.raises(InputError, match=says) as told:
        read_bases(path)
    assert "odd.txt: f: " in str(told.value)


def test_lines_of_a_shipped_file_have_the_columns_of_the_known_formats() -> None:
    task = json.loads(TASKS.read_text().splitlines()[0])
    assert {"task_id", "prompt", "test", "canonical_solution", "entry_point", "topic", "level"} <= task.keys()
