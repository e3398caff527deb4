"""The table of stages is what the rules say: names, roles, shards, and which stage reads which."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from seqplay.config import ShardsConfig
from seqplay.runtime.stages import BY_NAME, STAGES, Only, Phase, of_phase, upstream
from tests.slurm.experiment import NO_MODEL
from tests.workflow.experiment import ROOT, Experiment, corpus

NO_STAGES = {"all", "suites", "dataset", "merge_shards"}
"""Rules that make nothing of their own: three targets, and what puts the shards of any stage together."""


def rules() -> dict[str, str]:
    """The text of every rule that is written out, by its name; those of a sweep that copy have none."""
    texts = [path.read_text() for path in (ROOT / "Snakefile", *sorted((ROOT / "rules").glob("*.smk")))]
    found = re.findall(r"^rule (\w+):\n(.+?)(?=^\S|\Z)", "".join(texts), re.MULTILINE | re.DOTALL)
    return {name: body for name, body in found if name not in NO_STAGES}


RULES = rules()


def test_every_rule_is_in_the_table_and_the_table_has_no_other() -> None:
    assert set(BY_NAME) == set(RULES)
    assert len(STAGES) == len(BY_NAME)


@pytest.mark.parametrize("name", RULES)
def test_a_stage_is_what_its_rule_says(name: str) -> None:
    stage, rule = BY_NAME[name], RULES[name]
    role = re.search(r'\*\*resources_for\("(\w+)"\)', rule)
    assert stage.role == (role.group(1) if role else None)
    output, inputs = part(rule, "output"), part(rule, "input")
    written = stage.writes.replace("{", "{{").replace("}", "}}")
    assert f'/{written}"' in output or f"/{stage.writes}/" in output or f'{stage.writes}"' in output
    assert stage.learned == any(word in inputs for word in ("files.adapter", "files.opponent", "suite_adapter"))
    if Phase.DATASET not in stage.reads:
        assert (stage.shards is not None) == ("{{shard}}" in output)
    assert (stage.turn is not None) == bool(re.search(r"{{(attempt|round)}}", output))
    assert stage.turn is None or f"{{{{{stage.turn}}}}}" in output
    assert stage.one_for is None or f"{{{{{stage.one_for}}}}}" in output


@pytest.mark.parametrize(
    "name", [stage.name for stage in STAGES if {Phase.ITERATION, Phase.EVALUATION} & set(stage.reads)]
)
def test_a_stage_of_iterations_and_evaluations_says_how_urgent_it_is(name: str) -> None:
    assert name == "summarise" or re.search(r"^    priority: ", RULES[name], re.MULTILINE), "else 0: after all others"


def part(rule: str, directive: str) -> str:
    found = re.search(rf"^    {directive}:\n(.+?)(?=^    \w)", rule, re.MULTILINE | re.DOTALL)
    return found.group(1) if found else ""


def test_local_stages_are_the_local_rules_of_the_snakefile() -> None:
    listed = re.search(r"^localrules:\n(.+?)(?=^\S|\Z)", (ROOT / "Snakefile").read_text(), re.MULTILINE | re.DOTALL)
    assert listed
    local = set(re.findall(r"\w+", listed.group(1))) - NO_STAGES
    assert {stage.name for stage in STAGES if stage.local} == local


def test_shards_have_a_key_each_in_the_configuration() -> None:
    keys = {stage.shards for stage in STAGES if stage.shards}
    assert keys == {field.alias or name for name, field in ShardsConfig.model_fields.items()}


def test_a_stage_comes_after_all_that_it_reads() -> None:
    for phase in Phase:
        seen: set[str] = set()
        for stage in of_phase(phase):
            for read in stage.reads[phase]:
                assert read in BY_NAME
                later_turn = stage.turn is not None and BY_NAME[read].turn is stage.turn
                assert read in seen or later_turn or phase not in BY_NAME[read].reads, (stage.name, read)
            seen.add(stage.name)


def test_what_a_stage_is_made_from_goes_back_to_the_programs() -> None:
    vote = [stage.name for stage in upstream(BY_NAME["vote"], Phase.EVALUATION)]
    assert vote == ["prepare_programs", "heldout_pairs", "vote"]
    trained = [stage.name for stage in upstream(BY_NAME["train"], Phase.ITERATION)]
    assert {"sample_programs", "propose", "verify_proofs", "curriculum"} < set(trained)
    assert "evaluation_programs" not in trained


def test_the_table_reads_what_the_workflow_reads(tmp_path: Path) -> None:
    graph = made_from(tmp_path)
    assert {"ask_suites", "predict_difficulty", "vote_as_before", "iteration_report"} <= set(graph)
    learning = {stage.name for stage in upstream(BY_NAME["train"], Phase.ITERATION)}
    for stage in STAGES:
        if stage.name not in graph:
            continue
        known = {one.name for phase in stage.reads for one in upstream(stage, phase)}
        if any(BY_NAME[one].learned for one in known):
            known |= learning  # of the iteration before
        direct, above = graph[stage.name], reached(graph, stage.name)
        waits = {"collect_pairs"} if stage.name == "rewrite" else set()  # for the cores, of the iteration before
        assert direct <= known | waits | {"evaluate"}, f"{stage.name} reads {direct - known}: the table does not say so"
        # Where there is a model, as in this game, nothing is rewritten in an evaluation.
        skipped = Phase.EVALUATION if stage.only is Only.MUTATED else None
        told = {name for phase, reads in stage.reads.items() if phase is not skipped for name in reads if name in graph}
        assert told <= above, f"the table says that {stage.name} reads {told - above}: it does not"


def made_from(folder: Path) -> dict[str, set[str]]:
    """For each rule of a game with all there is but proofs: the rules whose files it reads, through merged shards."""
    items = [{"program_1_code": "a", "program_2_code": "b", "truth_label": True, "category": "OJ_A"}]
    (folder / "items.jsonl").write_text("".join(json.dumps(item) + "\n" for item in items))
    suite = {"name": "s", "format": "equibench", "items": str(folder / "items.jsonl")}
    settings = {
        **NO_MODEL,
        "iterations": 2,
        "shards": {"propose": 2},
        "evaluation": {"enabled": True, "suites": [suite]},
        "engine": {"kind": "replay", "replay_file": "answers.jsonl"},
        "model": {"name": "replayed"},
        "alice": {
            "predict": {"samples": 1},
            "proposers": [{"name": name, "weight": 1} for name in ("model", "mutate")],
        },
        "train": {"agents": ["bob"]},
        "curriculum": {"earlier_votes": 1},
    }
    experiment = Experiment(folder / "x", settings, corpus(3))
    (experiment.folder / "answers.jsonl").write_text("")
    drawn = experiment.play(flags=("--dag",))
    rule_of = {n: label.partition("\\n")[0] for n, label in re.findall(r'(\d+)\[label = "([^"]+)"', drawn)}
    edges = [(rule_of[a], rule_of[b], a, b) for a, b in re.findall(r"(\d+) -> (\d+)", drawn)]
    shards = {b: rule for rule, after, _, b in edges if after == "merge_shards"}
    graph: dict[str, set[str]] = {rule: set() for rule in rule_of.values() if rule in BY_NAME}
    for before, after, a, _ in edges:
        if after in graph:
            graph[after].add(shards[a] if before == "merge_shards" else before)
    return graph


def reached(graph: dict[str, set[str]], name: str) -> set[str]:
    found: set[str] = set()
    todo = [name]
    while todo:
        new = graph[todo.pop()] - found
        found |= new
        todo += new
    return found
