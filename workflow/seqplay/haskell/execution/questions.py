"""The questions of ``Executor`` about one program, and about two on one input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from seqplay.config import HaskellConfig
from seqplay.haskell.execution import driver as drive
from seqplay.haskell.execution.entry import Instance, Refused, choose, compared_instances, instances, refuse_actions
from seqplay.haskell.execution.evaluation import (
    alternative,
    judge,
    limit_message,
    outcomes_of,
    pair_outcomes,
    require_arity,
    shown_instance,
)
from seqplay.haskell.execution.loading import CHECK_SECONDS, Pair, load, load_pair, lost_reason, subject, verdict_of
from seqplay.haskell.results import Checked, Diverged, Entry, Outcome, Ran, Reason
from seqplay.haskell.sandbox.session import Session, named
from seqplay.records import Verdict


def check(session: Session, config: HaskellConfig, code: str, entry: str | None) -> Checked:
    """Answer ``Executor.check``."""
    described: Entry | None = None
    try:
        facts = load(session, [code])[0]
        chosen = choose(facts, entry)
        described = chosen.describe({})
        refuse_actions(chosen)
        instance = instances(chosen)[0]
        described = chosen.describe(instance)
        subject(drive.Codecs("P", facts), chosen, instance)
    except Refused as error:
        return Checked(verdict=verdict_of(error.reason), reason=error.reason, message=error.message, entry=described)
    shown = f"{chosen.name} :: {chosen.declaration.show()}"
    return Checked(verdict=Verdict.ACCEPTED, reason=Reason.USABLE, message=shown, entry=described)


def run(session: Session, config: HaskellConfig, code: str, args: Sequence[str], entry: str | None) -> Ran:
    """Answer ``Executor.run``."""
    described: Entry | None = None
    try:
        facts = load(session, [code])[0]
        chosen = choose(facts, entry)
        described = chosen.describe({})
        refuse_actions(chosen)
        require_arity(chosen, len(args))
        instance, (outcome,) = outcomes_of(
            session,
            config,
            [code],
            instances(chosen),
            lambda at: alternative(at, [("P", facts, chosen, at)]),
            args,
        )
    except Refused as error:
        return Ran(verdict=verdict_of(error.reason), reason=error.reason, message=error.message, entry=described)
    described = chosen.describe(instance)
    if outcome.kind is Reason.VALUE:
        return Ran(
            verdict=Verdict.ACCEPTED, reason=outcome.kind, message=str(outcome), entry=described, output=outcome.text
        )
    if outcome.kind is Reason.EXCEPTION:
        shown = str(outcome).removeprefix("exception ")
        message = f"{chosen.name} throws {shown}"
        return Ran(verdict=Verdict.REJECTED, reason=outcome.kind, message=message, entry=described, exception=shown)
    message = f"{chosen.name} {limit_message(outcome, config)}"
    return Ran(verdict=verdict_of(outcome.kind), reason=outcome.kind, message=message, entry=described)


def examples(session: Session, code: str, entry: str | None, seed: int, count: int) -> list[list[str]]:
    """Answer ``Executor.examples``.

    Raises ``Refused`` where the program cannot be run.
    """
    facts = load(session, [code], literals=True)[0]
    chosen = choose(facts, entry)
    refuse_actions(chosen)
    codecs = drive.Codecs("P", facts)
    text = subject(codecs, chosen, instances(chosen)[0])
    driver = drive.module([codecs], [drive.constants([facts.literals]), f"subject = {text}"], arguments=False)
    line = codecs.entry_line(chosen.name, *chosen.arrows(instances(chosen)[0]))
    plan = drive.plan([codecs], [line], [facts.literals]) if not chosen.declaration.constraints else ""
    settings = named(seed=seed, evaluations=1000, count=count)
    reply = session.ask(["drive", "examples", settings, "0", driver, plan], seconds=CHECK_SECONDS)
    if (limit := lost_reason(reply)) is not None:
        raise Refused(limit, f"making inputs ran into the {limit} limit")
    if "problem" in reply:
        raise Refused(Reason.NOTHING_TESTABLE, " ".join(str(reply["problem"]["message"]).split()))
    return [list(example) for example in reply["examples"]]


def diverge(
    session: Session,
    config: HaskellConfig,
    p: str,
    q: str,
    args: Sequence[str],
    entry: str | None,
    instance: Mapping[str, str] | None,
) -> Diverged:
    """Answer ``Executor.diverge``."""
    try:
        pair = load_pair(session, p, q, entry, literals=False)
        require_arity(pair.p_entry, len(args))
        fitting = [pinned(pair, instance)] if instance else pair.instances
        chosen, outcomes = pair_outcomes(session, config, [p, q], pair, fitting, args)
        if not instance and all(outcome.ended for outcome in outcomes) and outcomes[0] == outcomes[1]:
            chosen, outcomes = _elsewhere(session, config, [p, q], pair, args, chosen) or (chosen, outcomes)
    except Refused as error:
        return Diverged(verdict=verdict_of(error.reason), reason=error.reason, message=error.message)
    verdict, reason, message = judge(outcomes[0], outcomes[1], config)
    return Diverged(
        verdict=verdict,
        reason=reason,
        message=message,
        entry=pair.p_entry.describe(chosen),
        q_entry=pair.q_entry.name,
        p_output=str(outcomes[0]),
        q_output=str(outcomes[1]),
    )


def pinned(pair: Pair, instance: Mapping[str, str]) -> Instance:
    """Return the instance that a text for each of P's type variables names.

    Raises ``Refused`` where there is none.
    """
    shown = {shown_instance(fit): fit for fit in pair.instances}
    wanted = ", ".join(f"{name} = {ty}" for name, ty in sorted(instance.items()))
    if wanted not in shown:
        fitting = "; ".join(text for text in shown if text) or "none: it has no type variables"
        text = f"{pair.p_entry.name} :: {pair.p_entry.declaration.show()} does not run at {wanted}"
        raise Refused(Reason.BAD_INPUT, f"{text}; instances that fit: {fitting}")
    return shown[wanted]


def _elsewhere(
    session: Session, config: HaskellConfig, programs: Sequence[str], pair: Pair, args: Sequence[str], tried: Instance
) -> tuple[Instance, list[Outcome]] | None:
    """Run a pair at the other instances that ``compare`` tries; return the first at which it differs on the input."""
    for other in compared_instances(pair.instances):
        if other == tried:
            continue
        # A worker has one driver at a time.
        load(session, programs)
        try:
            _, outcomes = pair_outcomes(session, config, programs, pair, [other], args)
        except Refused:
            continue
        if judge(outcomes[0], outcomes[1], config)[1] is Reason.DIVERGES:
            return other, outcomes
    return None
