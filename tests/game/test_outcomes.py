"""The accounting invariant: every proposal has exactly one outcome, and every sampled program that of its best one."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from seqplay.config import CurriculumConfig
from seqplay.game.curriculum import select_examples
from seqplay.game.outcomes import outcomes, proposal_outcomes
from seqplay.game.pairs import pair_id
from seqplay.records import Goal, Pair, Verdict
from tests.game.builders import judgement, memory, pair, played, proposal, sampled, votes

plays = st.lists(
    st.tuples(
        st.sampled_from(Goal),
        st.lists(st.tuples(st.sampled_from(Verdict), st.booleans(), st.integers(0, 1)), min_size=1, max_size=4),
    ),
    max_size=8,
)


@given(plays)
def test_both_counts_add_up(chosen: list[tuple[Goal, list[tuple[Verdict, bool, int]]]]) -> None:
    items = [sampled(index, goal) for index, (goal, _) in enumerate(chosen)]
    proposals, judgements, pairs = [], [], dict[str, Pair]()
    for index, (item, (goal, tried)) in enumerate(zip(items, chosen, strict=True)):
        for sample, (verdict, proved, form) in enumerate(tried):
            code = f"f x = x + {form}\n"
            one = proposal(item, code=code)
            one = one.model_copy(update={"id": f"{one.id}-{sample}", "sample": sample})
            proposals.append(one)
            judgements.append(judgement(one, verdict, "some_reason"))
            key = pair_id(item.program.code, code, goal)
            if verdict is Verdict.ACCEPTED and (proved or goal is Goal.SINQ) and key not in pairs:
                found = pair(index, goal, normal=key)
                pairs[key] = found.model_copy(update={"id": key, "proposal_id": one.id, "q": code})
    cast = [vote for one in pairs.values() for vote in votes(one, 2, 4)]
    game = played(list(pairs.values()), cast, sampled=items, proposals=proposals, judgements=judgements)
    examples = select_examples(game, memory(), curriculum=CurriculumConfig(), seed=0, iteration=1)
    by_proposal = proposal_outcomes(items, proposals, judgements, [], examples)
    by_program = outcomes(items, proposals, by_proposal)
    assert Counter(one.proposal_id for one in by_proposal) == Counter(one.id for one in proposals)
    assert [one.program_id for one in by_program] == [item.program.id for item in items]
    for item, ended in zip(items, by_program, strict=True):
        own = [one.outcome for one in by_proposal if one.program_id == item.program.id]
        assert ended.outcome in own
        ranks = ["kept", "dropped", "rejected"]
        best = min(ranks.index(one.partition(":")[0]) if one.partition(":")[0] in ranks else 3 for one in own)
        kind = ended.outcome.partition(":")[0]
        assert (ranks.index(kind) if kind in ranks else 3) == best
