"""The held-out pairs: evenly spread, each label validated as it is asked, none of them twice."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from seqplay import mutate
from seqplay.config import Config, EvaluationConfig, HaskellConfig, ProofConfig
from seqplay.files import content_id, read_records
from seqplay.game.heldout_pairs import HeldoutTry, Litters, all_litters, chosen, heldout_pairs, places, with_proofs
from seqplay.game.heldout_theorems import heldout_theorems, proving_is_measured
from seqplay.haskell import Executor
from seqplay.haskell.analysis.normalise import normal_id
from seqplay.mutate import mistakes
from seqplay.proof.results import ProofResult
from seqplay.records import Evidence, Goal, Pair, Program, ProofAttempt, Verdict
from tests.game.builders import attempt, pair
from tests.workflow.experiment import corpus

EVALUATION = EvaluationConfig(pairs=12, levels=3)


def programs(count: int) -> list[Program]:
    return [
        Program(
            id=content_id("program", found["code"], found["entry"]),
            code=found["code"],
            entry=found["entry"],
            type="Int",
            name=found["name"],
        )
        for found in corpus(count)
    ]


def test_places_take_turns_over_programs_levels_and_directions() -> None:
    wanted = list(places(programs(6), Goal.SEQ, EvaluationConfig(pairs=24, levels=3)))
    assert wanted == [*{place.key: place for place in wanted}.values()]
    assert {place.program.id for place in wanted[:6]} == {program.id for program in programs(6)}
    assert len({(place.level, place.direction) for place in wanted[:6]}) == 4
    same = list(places(programs(6), Goal.SINQ, EvaluationConfig(pairs=24, levels=3)))
    assert [(one.level, one.direction) for one in same] == [(one.level, one.direction) for one in wanted]


def test_a_level_is_that_many_edits_and_in_a_sinq_pair_one_of_them_is_a_mistake() -> None:
    for level in (2, 3):
        for goal in Goal:
            found = [
                (program, both[goal])
                for program in programs(6)
                for both in Litters(program.code, program.entry, level, 0).made(7)
            ]
            assert found
            for program, one in found:
                rules = one.rule.split("+")
                assert len(rules) == level
                assert sum(rule in mistakes.RULES for rule in rules) == (goal is Goal.SINQ)
                assert normal_id(one.code, program.entry) != normal_id(program.code, program.entry)
    litters = Litters(programs(1)[0].code, programs(1)[0].entry, 2, 0)
    assert len({both[Goal.SEQ].code for seed in range(3) for both in litters.made(seed)}) > 1


def test_both_goals_draw_from_the_same_litters_in_however_many_processes() -> None:
    wanted = [place for goal in Goal for place in places(programs(3), goal, EvaluationConfig(pairs=12, levels=3))]
    alone = all_litters(wanted, 0, 1)
    assert len(alone) == len(wanted) / 2
    assert all_litters(wanted, 0, 2) == alone


def test_a_program_on_which_a_rule_fails_has_no_candidates(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RecursionError("too deep")

    monkeypatch.setattr(mutate, "each_preserving", fail)
    assert all(made == [] for made in all_litters(places(programs(2), Goal.SEQ, EVALUATION), 0, 1).values())


def tried(number: int, program: str, level: int, direction: str, either: str | None = None) -> HeldoutTry:
    held = {"program_id": program, "level": level, "direction": direction}
    made = pair(number).model_copy(update=held)
    return HeldoutTry(key=str(number), pair=made, either_way=either or str(number))


def test_the_choice_is_even_though_the_places_were_not() -> None:
    easy = [tried(number, "a", 1, "forward") for number in range(20)]
    rare = [tried(number, "b", 2, "backward") for number in range(20, 23)]
    found = chosen([*easy, HeldoutTry(key="none", pair=None), *rare], Goal.SEQ, 6)
    for part in ("program_id", "level", "direction"):
        assert set(Counter(getattr(one, part) for one in found).values()) == {3}


def test_a_pair_is_not_there_twice_not_even_the_other_way_round() -> None:
    tries = [tried(1, "a", 1, "forward", "same"), tried(2, "a", 1, "backward", "same"), tried(3, "b", 1, "forward")]
    assert len(chosen(tries, Goal.SEQ, 3)) == 2


def test_a_proof_becomes_the_evidence_and_a_contradicted_pair_is_left_out() -> None:
    proved, open_, wrong = (
        pair(number).model_copy(update={"proposal_id": name}) for number, name in enumerate(("proved", "open", "wrong"))
    )
    attempts = [
        attempt("proved"),
        attempt("open", Verdict.REJECTED, "not_proved"),
        attempt("wrong", Verdict.REJECTED, "contradicted"),
    ]
    found = with_proofs([proved, open_, wrong], attempts)
    assert [one.evidence for one in found] == [Evidence.PROOF, Evidence.BOUNDED]
    assert (found[0].proof, found[0].theorem, found[0].proof_finder) == ("proof x = ()", "theorem", "tactic:direct")
    assert found[1].proof is None


def test_alice_is_asked_for_the_theorems_that_are_known_to_have_a_proof() -> None:
    proved, open_ = (pair(number).model_copy(update={"proposal_id": str(number)}) for number in (1, 2))
    attempts = [attempt("1"), attempt("2", Verdict.REJECTED, "not_proved")]
    ((item, proposal, last),) = heldout_theorems([proved, open_], attempts)
    assert (item.program.code, proposal.code, proposal.id, last.theorem) == (proved.p, proved.q, "1", "theorem")


def test_proving_is_measured_only_where_proofs_are_needed_and_a_model_plays() -> None:
    alone = Config.model_validate(
        {"engine": {"kind": "none"}, "alice": {"proposers": [{"name": "mutate", "weight": 1}]}}
    )
    assert proving_is_measured(Config(), proofs=True)
    assert not proving_is_measured(Config(), proofs=False)
    assert not proving_is_measured(alone, proofs=True)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> list[Pair]:
    folder = tmp_path_factory.mktemp("heldout")
    heldout_pairs(
        programs(3),
        folder / "pairs.jsonl",
        folder / "proofs.jsonl",
        evaluation=EVALUATION,
        haskell=HaskellConfig(workers=1, evaluations=100),
        proof=None,
        seed=0,
    )
    assert read_records(folder / "proofs.jsonl", ProofAttempt) == []
    return read_records(folder / "pairs.jsonl", Pair)


@pytest.mark.ghc
def test_held_out_pairs_are_half_seq_of_all_levels_and_in_both_directions(made: list[Pair]) -> None:
    assert len(made) == 12
    for goal in Goal:
        of_goal = [one for one in made if one.goal is goal]
        assert len(of_goal) == 6
        assert {one.level for one in of_goal} == {2, 3}
        assert {one.direction for one in of_goal} == {"forward", "backward"}
        assert max(Counter(one.program_id for one in of_goal).values()) <= 3
    assert len({frozenset((one.p, one.q)) for one in made}) == len({one.normal_id for one in made}) == 12


@pytest.mark.ghc
def test_every_label_holds_as_the_pair_is_asked(made: list[Pair]) -> None:
    with Executor.open(HaskellConfig(workers=1)) as executor:
        for one in made:
            if one.goal is Goal.SINQ:
                found = executor.diverge(one.p, one.q, one.diverging_input or [], one.entry)
                assert (found.p_output, found.q_output) == (one.p_output, one.q_output)
            else:
                found = executor.compare(one.p, one.q, one.entry, seed=5)
            assert found.verdict is Verdict.ACCEPTED
            sides = {one.p, one.q}
            held = {program.id: program.code for program in programs(3)}[one.program_id]
            assert held in sides
            assert (one.p == held) is (one.direction == "forward")


class Tactics:
    """A prover whose tactics prove the first pair, contradict the second, and give up on the rest."""

    workers = 1
    tools = "fake"
    verdicts = ((Verdict.ACCEPTED, "proved"), (Verdict.REJECTED, "contradicted"))

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __enter__(self) -> Tactics:
        return self

    def __exit__(self, *found: object) -> None:
        pass

    def prove(self, p: str, q: str, entry: str, seed: int) -> ProofResult:
        self.asked.append(q)
        verdict, reason = dict(enumerate(self.verdicts)).get(len(self.asked) - 1, (Verdict.REJECTED, "not_proved"))
        return ProofResult(verdict=verdict, reason=reason, message="", theorem="theorem", proof="proof x = ()")


@pytest.mark.ghc
def test_where_there_is_liquid_haskell_the_tactics_are_tried_on_the_seq_pairs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seqplay.game.heldout_pairs.ProverPool", lambda haskell, proof, pairs: Tactics())
    heldout_pairs(
        programs(3),
        tmp_path / "pairs.jsonl",
        tmp_path / "proofs.jsonl",
        evaluation=EvaluationConfig(pairs=6),
        haskell=HaskellConfig(workers=1, evaluations=100),
        proof=ProofConfig(),
        seed=0,
    )
    pairs = read_records(tmp_path / "pairs.jsonl", Pair)
    attempts = read_records(tmp_path / "proofs.jsonl", ProofAttempt)
    assert [one.reason for one in attempts] == ["proved", "contradicted", "not_proved"]
    assert Counter(one.evidence for one in pairs) == {Evidence.PROOF: 1, Evidence.BOUNDED: 1, Evidence.WITNESS: 2}
    assert len(heldout_theorems(pairs, attempts)) == 1
