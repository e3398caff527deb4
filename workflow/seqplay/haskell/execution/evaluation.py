"""Evaluating loaded entries on one input, and what the outcomes of two of them say together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from seqplay.config import HaskellConfig
from seqplay.errors import WorkerLost
from seqplay.haskell.execution import driver as drive
from seqplay.haskell.execution.entry import Chosen, Instance, Refused
from seqplay.haskell.execution.facts import Facts, Type, show_type
from seqplay.haskell.execution.loading import (
    CHECK_SECONDS,
    Pair,
    load,
    lost_reason,
    require_loaded,
    subject,
    verdict_of,
)
from seqplay.haskell.results import Outcome, Reason, visible
from seqplay.haskell.sandbox.session import Session, named
from seqplay.records import Verdict

BUSY = 2
"""How many times its processor time an evaluation may take by the clock."""


@dataclass(frozen=True)
class Alternative:
    """One way to type the arguments: the instance, the driver, and the arguments' signatures."""

    instance: Instance
    driver: str
    plan: str
    signatures: list[str]


Side = tuple[str, Facts, Chosen, Instance]
"""A program to be run: its slot, its facts, its entry, and what its type variables run at."""


def alternative(instance: Instance, sides: Sequence[Side]) -> Alternative:
    """Return how to run entries on given arguments at an instance.

    The arguments are typed by the first side, in whose program they are read, and taken over to the other's types.
    """
    codecs = [drive.Codecs(slot, facts) for slot, facts, _, _ in sides]
    subjects = [subject(codec, chosen, at) for codec, (_, _, chosen, at) in zip(codecs, sides, strict=True)]
    arguments, _ = sides[0][2].arrows(instance)
    inputs = [f"H.input {codecs[0].codec(ty, shown=False)} argument{n}" for n, ty in enumerate(arguments, start=1)]
    outcomes = ", ".join(f"H.apply {text} arguments" for text in subjects)
    given = [f"argument{n} = Args.argument{n}" for n in range(1, len(arguments) + 1)]
    bindings = [*given, f"arguments = [{', '.join(inputs)}]", f"outcomes = [{outcomes}]"]
    driver = drive.module(codecs, bindings, arguments=bool(arguments))
    lines = [
        codec.entry_line(chosen.name, *chosen.arrows(at))
        for codec, (_, _, chosen, at) in zip(codecs, sides, strict=True)
    ]
    free = not any(chosen.declaration.constraints for _, _, chosen, _ in sides)
    plan = drive.plan(codecs, lines, []) if free else ""
    return Alternative(instance, driver, plan, [_signature(ty) for ty in arguments])


def _signature(ty: Type) -> str:
    try:
        return drive.signature(ty)
    except drive.Unsupported as error:
        raise Refused(Reason.NOTHING_TESTABLE, str(error)) from error


def require_arity(chosen: Chosen, given: int) -> None:
    """Refuse too few or too many arguments."""
    arity = len(chosen.arrows({})[0])
    if arity != given:
        wanted = f"{arity} argument{'' if arity == 1 else 's'}"
        text = f"{chosen.name} :: {chosen.declaration.show()} takes {wanted}, but {given} were given"
        raise Refused(Reason.BAD_INPUT, text)


def outcomes_of(
    session: Session,
    config: HaskellConfig,
    programs: Sequence[str],
    instances: Sequence[Instance],
    candidate_at: Callable[[Instance], Alternative],
    args: Sequence[str],
) -> tuple[Instance, list[Outcome]]:
    """Run the programs' entries on the arguments; return the first instance that fits them, and what came of each.

    Where a child is killed in the middle of one evaluation, that one ran into its limit and the others are asked again.
    """
    count = len(programs)
    outcomes: list[Outcome | None] = [None] * count
    candidates, others = [candidate_at(instances[0])], instances[1:]
    chosen = instances[0]
    while any(outcome is None for outcome in outcomes):
        asked = [n for n in range(count) if outcomes[n] is None]
        reply = ask_candidates(session, config, candidates, args, sum(1 << n for n in asked))
        if "problem" in reply:
            require_loaded(reply["problem"])
            if not others:
                raise bad_argument(reply["problem"], args)
            candidates, others = [*candidates, *(candidate_at(instance) for instance in others)], []
            continue
        limit = lost_reason(reply)
        if limit is None:
            chosen = candidates[reply["alternative"]].instance
            for n, data in zip(asked, reply["outcomes"], strict=True):
                outcomes[n] = read_outcome(data)
        else:
            evaluated = reply.get("board", [1])[0]
            if evaluated == 0:
                raise Refused(limit, f"compiling the program for this input ran into the {limit} limit")
            outcomes[asked[min(evaluated, len(asked)) - 1]] = Outcome(kind=limit)
            if any(outcome is None for outcome in outcomes):
                load(session, programs)
    return chosen, [outcome for outcome in outcomes if outcome is not None]


def pair_outcomes(
    session: Session,
    config: HaskellConfig,
    programs: Sequence[str],
    pair: Pair,
    instances: Sequence[Instance],
    args: Sequence[str],
) -> tuple[Instance, list[Outcome]]:
    """Run a loaded pair on one input, as ``outcomes_of``."""
    return outcomes_of(
        session,
        config,
        programs,
        instances,
        lambda at: alternative(at, [("P", pair.p, pair.p_entry, at), ("Q", pair.q, pair.q_entry, pair.for_q(at))]),
        args,
    )


def ask_candidates(
    session: Session, config: HaskellConfig, candidates: Sequence[Alternative], args: Sequence[str], mask: int
) -> dict[str, Any]:
    """Run the first candidate that fits the arguments; ``mask`` has a bit for each of its outcomes that is wanted."""
    settings = named(
        microseconds=int(config.seconds * 1_000_000), kibibytes=0, characters=config.output_bytes, outcomes=mask
    )
    fields = ["drive", "run", settings, str(len(args)), *args]
    for candidate in candidates:
        fields += [candidate.driver, candidate.plan, *candidate.signatures]
    wall = CHECK_SECONDS + 3 * BUSY * config.seconds
    return session.ask(fields, seconds=wall, stall_seconds=config.seconds + 0.5)


def bad_argument(data: dict[str, Any], args: Sequence[str]) -> Refused:
    """Return why arguments fit none of the candidates, and which one is at fault."""
    message = visible(" ".join(str(data["message"]).split()))
    if data["reason"] != Reason.BAD_INPUT:
        return Refused(Reason.NOTHING_TESTABLE, f"the program cannot be run: {message}")
    word, _, number = str(data["file"]).partition(" ")
    if word == "argument":
        text = visible(args[int(number) - 1])
        shown = text if len(text) <= 60 else text[:57] + "..."
        return Refused(Reason.BAD_INPUT, f"argument {number} (`{shown}`), column {data['column']}: {message}")
    return Refused(Reason.BAD_INPUT, f"the arguments do not typecheck: {message}")


def read_outcome(data: dict[str, Any]) -> Outcome:
    """Read what the worker says of one evaluation.

    Raises ``WorkerLost`` where it was the harness that failed, not the program.
    """
    if data["kind"] == "fault":
        raise WorkerLost(f"the harness itself failed while a program ran: {data['text']}")
    text, message = visible(data.get("text", "")), visible(data.get("message", ""))
    return Outcome(kind=Reason(data["kind"]), text=text, message=message)


def limit_message(outcome: Outcome, config: HaskellConfig) -> str:
    """Say which limit an evaluation ran into."""
    return {
        Reason.TIMEOUT: f"did not end within {config.seconds:g} s",
        Reason.MEMORY: f"needs more than {config.memory_mib} MiB of memory",
        Reason.STACK: "overflows the stack",
        Reason.OUTPUT_LIMIT: f"gives more than {config.output_bytes} characters of output",
    }[outcome.kind]


def shown_instance(instance: Instance) -> str:
    """Write what the type variables run at: ``a = Int, b = Bool``."""
    return ", ".join(f"{name} = {show_type(ty)}" for name, ty in sorted(instance.items()))


def judge(p: Outcome, q: Outcome, config: HaskellConfig) -> tuple[Verdict, Reason, str]:
    """Say whether two outcomes differ: only where both programs ended, unless the configuration counts timeouts."""
    if p.ended and q.ended:
        if p == q:
            return Verdict.REJECTED, Reason.NO_DIFFERENCE, f"both give {p}"
        return Verdict.ACCEPTED, Reason.DIVERGES, f"P gives {p}, Q gives {q}"
    if config.timeout_diverges and {p.kind, q.kind} & {Reason.TIMEOUT} and (p.ended or q.ended):
        return Verdict.ACCEPTED, Reason.DIVERGES, f"P gives {p}, Q gives {q} (the configuration counts timeouts)"
    name, limited = ("P", p) if not p.ended else ("Q", q)
    text = f"{name} {limit_message(limited, config)}"
    if p.ended or q.ended:
        text += f", {'Q' if q.ended else 'P'} gives {q if q.ended else p}"
    return verdict_of(limited.kind), limited.kind, f"{text}: nothing is concluded"
