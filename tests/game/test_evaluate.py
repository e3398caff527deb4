"""What an evaluation says: of Bob and Alice, sampled and greedy, by itself and beside an earlier one."""

from __future__ import annotations

from pathlib import Path

import pytest

from seqplay.config import GuardsConfig
from seqplay.files import read_records, write_text
from seqplay.game.evaluate import Beside, evaluate
from seqplay.game.intervals import Bootstrap
from seqplay.game.played_evaluation import PlayedEvaluation
from seqplay.records import Answer, Decoding, Evaluation, Goal, Measured, Verdict, Vote
from tests.game.builders import attempt, greedy, greedy_proposal, judgement, pair, prediction, proposal, sampled, votes

PAIRS = [pair(number, goal) for goal in Goal for number in range(6)]
PROGRAMS = [sampled(number, Goal.SEQ if number < 4 else Goal.SINQ) for number in range(8)]


def said(played: PlayedEvaluation, folder: Path, number: int = 0) -> Evaluation:
    """Write the evaluation after an iteration, beside those before, and read it back."""

    def measured(of: int) -> list[Measured]:
        return read_records(folder / f"measures_{of}.jsonl", Measured) if number else []

    output = folder / "evaluation.jsonl"
    evaluate(
        played, output, folder / f"measures_{number}.jsonl", experiment="x", iteration=number,
        beside=Beside(measured(0), measured(number - 1)), guards=GuardsConfig(), bootstrap=Bootstrap(500, 0),
    )  # fmt: skip
    (line,) = read_records(output, Evaluation)
    return line


def always(answer: Answer) -> PlayedEvaluation:
    """A Bob who gives one answer, sampled and greedy."""
    right = {Answer.EQUIVALENT: Goal.SEQ, Answer.INEQUIVALENT: Goal.SINQ}[answer]
    cast = [vote for one in PAIRS for vote in votes(one, 4 if one.goal is right else 0, 4)]
    return PlayedEvaluation(pairs=PAIRS, votes=[*cast, *(greedy(vote) for vote in cast if vote.sample == 0)])


def test_a_bob_who_gives_one_answer_is_at_one_half_and_his_answers_say_so(tmp_path: Path) -> None:
    found = said(always(Answer.EQUIVALENT), tmp_path)
    assert found.bob_sampled is not None
    assert found.bob_sampled.balanced.value == 0.5
    assert found.bob_sampled.answers == {"equivalent": 48}
    assert found.bob["seq"].share == 1.0
    assert found.bob["sinq"].share == 0.0
    assert found.bob_greedy is not None
    assert found.bob_greedy.answers == {"equivalent": 12}


def test_sampled_and_greedy_votes_are_told_apart(tmp_path: Path) -> None:
    cast = [vote for one in PAIRS for vote in votes(one, 1, 4)]
    found = said(
        PlayedEvaluation(pairs=PAIRS, votes=[*cast, *(greedy(votes(one, 1, 1)[0]) for one in PAIRS)]), tmp_path
    )
    assert (found.bob["all"].correct, found.bob["all"].total) == (12, 48)
    assert found.bob_greedy is not None
    assert found.bob_greedy.accuracy["all"].share == 1.0
    assert said(PlayedEvaluation(pairs=PAIRS, votes=cast), tmp_path).bob_greedy is None


def test_the_interval_is_over_pairs_and_not_over_votes(tmp_path: Path) -> None:
    def width(count: int) -> float:
        cast = [vote for one in PAIRS for vote in votes(one, count if int(one.id[4]) % 2 else 0, count)]
        found = said(PlayedEvaluation(pairs=PAIRS, votes=cast), tmp_path).bob["all"]
        return found.high - found.low

    assert width(40) == pytest.approx(width(1), abs=0.01)


def alice(accepted: int, copies: int = 0, *, by_greedy: int | None = None) -> PlayedEvaluation:
    """An Alice who has so many accepted, and after them so many copies of P; also greedily, where it is said."""
    proposals, judged = [], []
    ways = [(proposal, accepted), *([(greedy_proposal, by_greedy)] if by_greedy is not None else [])]
    for make, limit in ways:
        for number, item in enumerate(PROGRAMS):
            proposals.append(make(item))
            verdict = Verdict.ACCEPTED if number < limit else Verdict.REJECTED
            reason = "same_program" if limit <= number < limit + copies else "no_difference"
            judged.append(judgement(proposals[-1], verdict, reason))
    return PlayedEvaluation(sampled=PROGRAMS, proposals=proposals, judgements=judged)


def test_alice_is_measured_sampled_and_greedy_and_her_copies_are_counted(tmp_path: Path) -> None:
    found = said(alice(3, 2, by_greedy=6), tmp_path)
    assert {name: (one.correct, one.total) for name, one in found.alice.items()} == {
        "seq": (3, 4), "sinq": (0, 4), "all": (3, 8),
    }  # fmt: skip
    assert found.alice_greedy["all"].correct == 6
    assert found.same_program is not None
    assert (found.same_program.correct, found.same_program.total) == (2, 8)
    assert said(alice(3), tmp_path).alice_greedy == {}


def test_an_earlier_accepted_attempt_counts_and_a_seq_proposal_needs_its_proof() -> None:
    item = PROGRAMS[0]
    first, second = proposal(item), proposal(item, attempt=1, code="f x = x + 1\n")
    judged = [judgement(first), judgement(second, Verdict.REJECTED, "type_error")]
    played = PlayedEvaluation(sampled=[item], proposals=[second, first], judgements=judged)
    assert played.results(Decoding.SAMPLED)[item.program.id].accepted
    strict = PlayedEvaluation(sampled=[item], proposals=[first], judgements=judged[:1], needs_proof=True)
    assert not strict.results(Decoding.SAMPLED)[item.program.id].accepted
    proved = PlayedEvaluation(
        sampled=[item], proposals=[first], judgements=judged[:1], attempts=[attempt(first.id)], needs_proof=True
    )
    assert proved.results(Decoding.SAMPLED)[item.program.id].accepted


def test_predictions_are_held_against_what_bob_s_sampled_votes_gave(tmp_path: Path) -> None:
    cast = [vote for number, one in enumerate(PAIRS) for vote in votes(one, number % 5, 4)]
    said_ = [
        prediction(one, 10 * (1 - (number % 5) / 4) * 0.8 + wide, sample)
        for number, one in enumerate(PAIRS)
        for sample, wide in enumerate((-1.0, 1.0))
    ]
    found = said(
        PlayedEvaluation(pairs=PAIRS, votes=cast, predictions=[*said_, prediction(PAIRS[0], None, 2)]), tmp_path
    )
    assert found.prediction is not None
    assert (found.prediction.predictions, found.prediction.unparsed) == (25, 1)
    assert found.prediction.rank_correlation.value == pytest.approx(1.0)
    mean = sum(2 * (1 - (number % 5) / 4) for number in range(12)) / 12
    assert found.prediction.absolute_error.value == pytest.approx(mean, abs=1e-5)
    assert said(PlayedEvaluation(pairs=PAIRS, votes=cast), tmp_path).prediction is None


def test_proving_is_the_share_of_the_theorems_and_a_broken_tool_is_no_failure(tmp_path: Path) -> None:
    proving = [
        attempt("a"),
        attempt("b", Verdict.REJECTED, "unsafe"),
        attempt("c", Verdict.INFRA_ERROR, "worker_lost"),
    ]
    found = said(PlayedEvaluation(proving=proving), tmp_path).proving
    assert found is not None
    assert (found.correct, found.total) == (1, 2)
    assert said(PlayedEvaluation(), tmp_path).proving is None


def test_evaluations_are_compared_on_the_same_items_with_the_base_and_the_one_before(tmp_path: Path) -> None:
    def bob(right: int) -> PlayedEvaluation:
        return PlayedEvaluation(pairs=PAIRS, votes=[vote for one in PAIRS for vote in votes(one, right, 4)])

    base = said(bob(1), tmp_path, 0)
    assert (base.against_base, base.against_previous) == ({}, {})
    said(bob(2), tmp_path, 1)
    last = said(bob(3), tmp_path, 2)
    assert set(last.against_base) == {"bob_balanced", "bob_all"}
    found = last.against_base["bob_balanced"]
    assert (found.value, found.items) == (0.5, 12)
    assert found.low > 0
    assert last.against_previous["bob_all"].value == 0.25


def test_every_measure_has_its_paired_difference(tmp_path: Path) -> None:
    def all_of(right: int) -> PlayedEvaluation:
        shown = alice(right, 8 - right, by_greedy=right)
        cast = [vote for one in PAIRS for vote in votes(one, right, 4)]
        return PlayedEvaluation(
            sampled=shown.sampled,
            proposals=shown.proposals,
            judgements=shown.judgements,
            pairs=PAIRS,
            votes=[*cast, *(greedy(vote) for vote in cast if vote.sample == 0)],
            predictions=[prediction(one, 5.0) for one in PAIRS],
            proving=[attempt("a", Verdict.ACCEPTED if right > 1 else Verdict.REJECTED)],
        )

    said(all_of(1), tmp_path, 0)
    found = said(all_of(3), tmp_path, 1).against_base
    assert set(found) == {
        "bob_balanced", "bob_all", "bob_greedy_balanced", "alice_all", "alice_seq", "alice_sinq", "alice_greedy_all",
        "same_program", "proving", "prediction_error",
    }  # fmt: skip
    assert found["same_program"].value == -0.25
    assert found["prediction_error"].value == 0.0


def test_a_line_of_schema_1_is_still_read(tmp_path: Path) -> None:
    write_text(tmp_path / "evaluation.jsonl", SCHEMA_1)
    (line,) = read_records(tmp_path / "evaluation.jsonl", Evaluation)
    assert (line.schema_version, line.bob_sampled, line.against_base) == (1, None, {})


SCHEMA_1 = (Path(__file__).parent / "evaluation_schema_1.jsonl").read_text(encoding="utf-8")


def test_a_collapse_beside_the_base_raises_an_alarm(tmp_path: Path) -> None:
    def scored(cast: list[Vote], base: list[Evaluation], number: int) -> Evaluation:
        output = tmp_path / "evaluation.jsonl"
        evaluate(
            PlayedEvaluation(pairs=PAIRS, votes=cast), output, tmp_path / "m.jsonl", experiment="x", iteration=number,
            beside=Beside(base_evaluation=base), guards=GuardsConfig(min_items=12), bootstrap=Bootstrap(200, 0),
        )  # fmt: skip
        (line,) = read_records(output, Evaluation)
        return line

    base = scored([vote for one in PAIRS for vote in votes(one, 2, 4)], [], 0)
    assert base.alarms == []
    ruined = scored(list(always(Answer.EQUIVALENT).votes), [base], 1)
    assert [alarm.guard for alarm in ruined.alarms] == ["one_answer"]
