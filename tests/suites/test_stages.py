"""Suites as stages: asked once with seeds that stay, scored item by item, and compared with the base."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from seqplay.config import Config, EngineConfig, HaskellConfig, ModelConfig, SuiteConfig, parse_config
from seqplay.engines.replay import Recording
from seqplay.engines.stage import Sampler
from seqplay.errors import ConfigError, InputError
from seqplay.files import read_records, write_records
from seqplay.game.intervals import Bootstrap
from seqplay.records import Completion
from seqplay.suites.asking import ask_suites, requests
from seqplay.suites.formats import messages, read_suite
from seqplay.suites.judging import score_suites
from seqplay.suites.records import SuiteResult, SuiteScore
from seqplay.suites.results import write_results
from seqplay.suites.schedule import evaluations_with_suites, suite_players
from tests.suites.tasks import TASKS
from tests.suites.test_python_trials import HUMAN_EVAL, MBPP

EQUIBENCH = [
    {"program_1_code": "int f(int x) { return x + x; }", "program_2_code": f"int f(int x) {{ return {n} * x; }}",
     "truth_label": n == 2, "category": category}
    for n, category in [(2, "OJ_A"), (3, "OJ_A"), (2, "DCE"), (4, "TVM")]
]  # fmt: skip
BOOTSTRAP = Bootstrap(resamples=500, seed=0)
PYSECDB = [{"label": "security", "content": "Check the length."}, {"label": "non-security", "content": "Add a page."}]
DEFECT = [{"id": 5, "func": "void f() { free(p); free(p); }", "target": True}, {"func": "int f;", "target": False}]


def write(path: Path, lines: list[Any]) -> str:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return str(path)


def suites_in(folder: Path) -> list[SuiteConfig]:
    haskell = [task.item for task in TASKS if "canonical_solution" in task.item]
    equations = [task.item for task in TASKS if "canonical_solution" not in task.item]
    files = {
        "humaneval_hs": haskell, "mbpp_hs": equations, "humaneval_python": [HUMAN_EVAL], "mbpp_python": [MBPP],
        "equibench": EQUIBENCH, "pysecdb": PYSECDB, "codexglue_defect": DEFECT,
    }  # fmt: skip
    return [
        SuiteConfig.model_validate(
            {
                "name": f"our_{name}",
                "format": name,
                "items": write(folder / f"{name}.jsonl", lines),
                "samples": 2,
                "k": (1, 2),
            }
        )
        for name, lines in files.items()
    ]


def block(language: str, code: str) -> str:
    return f"Let me think.\n```{language}\n{code}\n```\n"


def answers(folder: Path) -> EngineConfig:
    """Recordings: of two samples of each program one is right; closed answers are always ``true``."""
    recordings = [
        Recording(
            contains=(str(task.item["prompt"]).strip("\n"),),
            texts=(block("haskell", task.right[-1]), block("haskell", task.wrong[0])),
        )
        for task in TASKS
    ]
    python = [(HUMAN_EVAL, HUMAN_EVAL["canonical_solution"]), (MBPP, MBPP["code"])]
    recordings += [
        Recording(contains=(str(item["prompt"]).strip("\n"),), texts=(block("python", str(code)), "no block"))
        for item, code in python
    ]
    recordings.append(Recording(contains=(), texts=("```\ntrue\n```", "I know not")))
    write_records(folder / "answers.jsonl", recordings)
    return EngineConfig.model_validate({"kind": "replay", "replay_file": str(folder / "answers.jsonl")})


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[SuiteConfig], list[SuiteScore]]:
    folder = tmp_path_factory.mktemp("stages")
    suites = suites_in(folder)
    ask_suites(
        suites,
        folder / "completions.jsonl",
        sampler=Sampler(answers(folder), ModelConfig()),
        seed=1,
        few_shot=False,
        label="ask",
    )
    completions = read_records(folder / "completions.jsonl", Completion)
    score_suites(suites, completions, folder / "scores.jsonl", haskell=HaskellConfig(workers=1, seconds=2))
    return suites, read_records(folder / "scores.jsonl", SuiteScore)


@pytest.mark.ghc
def test_every_known_format_is_asked_and_scored(scored: tuple[list[SuiteConfig], list[SuiteScore]]) -> None:
    suites, scores = scored
    assert [(score.suite, score.sample) for score in scores] == [
        (suite.name, sample) for suite in suites for _ in read_suite(suite) for sample in range(2)
    ]
    for suite in suites:
        mine = [score for score in scores if score.suite == suite.name]
        if mine[0].label is None:
            assert [score.correct for score in mine] == [True, False] * (len(mine) // 2), mine
        else:
            assert [score.correct for score in mine] == [s.label is True and s.sample == 0 for s in mine]


@pytest.mark.ghc
def test_results_have_intervals_metrics_categories_and_the_difference_to_the_base(
    scored: tuple[list[SuiteConfig], list[SuiteScore]], tmp_path: Path
) -> None:
    suites, scores = scored
    worse = [score.model_copy(update={"correct": False}) for score in scores]
    output = tmp_path / "suites.jsonl"
    write_results(
        suites, {"base": worse, "bob": scores}, worse, output, bootstrap=BOOTSTRAP, experiment="e", iteration=1
    )
    found = {(line.player, line.suite): line for line in read_records(output, SuiteResult)}
    assert len(found) == 2 * len(suites)
    tests = found["bob", "our_humaneval_hs"]
    assert (tests.pass_at["1"].value, tests.pass_at["2"].value, tests.accuracy.value) == (0.5, 1.0, 0.5)
    assert tests.difference is not None
    assert tests.difference.value == 0.5
    assert tests.difference.low < 0.5 < tests.difference.high, "the prior keeps equal items from claiming certainty"
    assert found["base", "our_humaneval_hs"].difference is None
    assert found["bob", "our_mbpp_python"].unparsed == 1
    closed = found["bob", "our_equibench"]
    assert closed.all_answers is not None
    assert closed.parsed_only is not None
    assert closed.as_in_paper is not None
    assert (closed.all_answers.answers, closed.all_answers.unparsed, closed.parsed_only.answers) == (8, 4, 4)
    assert closed.all_answers.accuracy == 2 / 8
    assert closed.parsed_only.accuracy == 2 / 4
    assert closed.as_in_paper.answers == 4, "`know not` has no word of the loose reading"
    assert set(closed.by_category) == {"DCE", "OJ_A", "TVM"}


@pytest.mark.ghc
def test_a_killed_stage_goes_on_where_it_stopped(
    scored: tuple[list[SuiteConfig], list[SuiteScore]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    suites = suites_in(tmp_path)[-3:]
    sampler = Sampler(answers(tmp_path), ModelConfig())
    ask_suites(suites, tmp_path / "c.jsonl", sampler=sampler, seed=1, few_shot=False, label="ask")
    completions = read_records(tmp_path / "c.jsonl", Completion)
    from seqplay.suites import judging

    real, judged = judging.judge, []

    def dies(asked: judging.Asked, scorers: Any) -> SuiteScore:
        if len(judged) == 5:
            raise KeyboardInterrupt
        judged.append(asked)
        return real(asked, scorers)

    monkeypatch.setattr(judging, "judge", dies)
    with pytest.raises(KeyboardInterrupt):
        score_suites(suites, completions, tmp_path / "s.jsonl", haskell=HaskellConfig(workers=1))
    assert len(judged) == 5
    again: list[judging.Asked] = []
    monkeypatch.setattr(judging, "judge", lambda asked, scorers: (again.append(asked), real(asked, scorers))[1])
    score_suites(suites, completions, tmp_path / "s.jsonl", haskell=HaskellConfig(workers=1))
    assert len(again) < len(completions), "what was scored before the kill is kept"
    assert len(read_records(tmp_path / "s.jsonl", SuiteScore)) == len(completions)


def test_seeds_depend_on_suite_and_item_alone(tmp_path: Path) -> None:
    suites = suites_in(tmp_path)
    asked = requests(suites, seed=1, few_shot=False)
    assert asked == requests(suites, seed=1, few_shot=False)
    assert len({request.id for request in asked}) == len({request.seed for request in asked}) == len(asked)
    others = requests(suites, seed=2, few_shot=False)
    assert {request.seed for request in asked}.isdisjoint({request.seed for request in others})


def test_only_mbpp_shows_its_tests(tmp_path: Path) -> None:
    for suite in suites_in(tmp_path):
        for item in read_suite(suite):
            shown = messages(suite, item, few_shot=True)[-1].content
            assert ("must pass these tests" in shown) == ("mbpp" in suite.name)


@pytest.mark.parametrize(
    ("name", "lines", "says"),
    [
        ("equibench", [{"program_1_code": "a", "truth_label": True}], ":1: no column program_2_code"),
        ("pysecdb", ["no object"], ":1: not a JSON object"),
        ("humaneval_hs", [{"task_id": 1, "prompt": "f :: Int"}], "line 1 of the items: test"),
        ("codexglue_defect", [{"id": 1, "func": "f", "target": 0}, {"id": 1, "func": "f", "target": 1}], "one id"),
        ("pysecdb", [], "no items"),
    ],
)
def test_a_file_that_is_no_suite_is_named_with_its_line(tmp_path: Path, name: str, lines: list[Any], says: str) -> None:
    items = write(tmp_path / "items.jsonl", lines)
    with pytest.raises(InputError, match=str(tmp_path)) as failure:
        read_suite(SuiteConfig.model_validate({"name": "s", "format": name, "items": items}))
    assert says in str(failure.value)


def config(**evaluation: Any) -> Config:
    return parse_config({"iterations": 2, "evaluation": evaluation})


SUITE = {"name": "a", "format": "pysecdb", "items": "a.jsonl"}


def test_suites_are_asked_of_the_base_first_and_then_of_those_who_are_trained() -> None:
    assert list(evaluations_with_suites(config(suites=[SUITE]))) == [0, 1, 2]
    assert list(evaluations_with_suites(config())) == []
    assert list(evaluations_with_suites(config(suites=[SUITE], enabled=False))) == []
    asked = config(suites=[{**SUITE, "players": ["alice"]}, {**SUITE, "name": "b"}])
    assert (suite_players(asked, 0), suite_players(asked, 1)) == (["base"], ["alice", "bob"])


@pytest.mark.parametrize(
    ("suites", "says"),
    [
        ([SUITE, SUITE], "a name of its own"),
        ([{**SUITE, "samples": 3, "k": [1, 5]}], "pass@k needs 1 <= k <= samples, which is 3"),
        ([{**SUITE, "format": "humaneval"}], "humaneval_hs"),
    ],
)
def test_a_wrong_suite_is_one_line_with_key_and_what_is_allowed(suites: list[Any], says: str) -> None:
    with pytest.raises(ConfigError, match="evaluation") as failure:
        config(suites=suites)
    assert says in str(failure.value)
    assert "\n" not in str(failure.value)
