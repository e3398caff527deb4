"""The questions about one program, and about two on one input: what is sent to a session, and what the reply means."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from seqplay.config import HaskellConfig
from seqplay.errors import WorkerLost
from seqplay.haskell.analysis.normalise import same_program
from seqplay.haskell.execution import driver as drive
from seqplay.haskell.execution.entry import (
    Chosen,
    Instance,
    Refused,
    choose,
    compared_instances,
    instances,
    mismatch,
    refuse_actions,
    renaming,
)
from seqplay.haskell.execution.facts import Facts, Type, read_facts, show_type
from seqplay.haskell.parsing.literate import plain
from seqplay.haskell.results import Checked, Diverged, Entry, Outcome, Ran, Reason, visible
from seqplay.haskell.sandbox.session import Session
from seqplay.records import Verdict

CHECK_SECONDS = 10.0
"""Wall limit of typechecking the programs of an item."""
BUSY = 2
"""How many times its processor time an evaluation may take by the clock."""
RESOURCES = {"wall": Reason.TIMEOUT, "stall": Reason.TIMEOUT, "memory": Reason.MEMORY, "stack": Reason.STACK}
_HEAP_EXHAUSTED = 251
_LIMITS = frozenset({Reason.TIMEOUT, Reason.MEMORY, Reason.STACK, Reason.OUTPUT_LIMIT})


def verdict_of(reason: Reason) -> Verdict:
    """Return the verdict of a reason why something is not accepted."""
    return Verdict.TIMEOUT if reason is Reason.TIMEOUT else Verdict.REJECTED


def lost_reason(reply: dict[str, Any]) -> Reason | None:
    """Return which limit the child hit when it was lost; none where it was not.

    Raises ``WorkerLost`` where it died for no reason of the program's.
    """
    if "lost" not in reply:
        return None
    if reply["lost"] in RESOURCES:
        return RESOURCES[reply["lost"]]
    if reply["lost"] == "died" and reply.get("code") == _HEAP_EXHAUSTED:
        return Reason.MEMORY
    raise WorkerLost(f"a child was lost: {reply}")


def require_loaded(problem: dict[str, Any]) -> None:
    """Raise ``WorkerLost`` where a child was asked to run what another one, that is gone, had loaded."""
    if problem["message"] == "nothing is loaded":
        raise WorkerLost("the child that had loaded the programs is gone")


def source_text(code: str) -> str:
    """Return the program that a text holds: without byte order mark, and out of its literate document."""
    return plain(code.removeprefix("\ufeff"))


def load(session: Session, programs: Sequence[str], *, literals: bool = False) -> list[Facts]:
    """Load programs as a new item and return their facts.

    Raises ``Refused`` for the first that is no such program.
    """
    fields = ["load", "1" if literals else "0"]
    for slot, code in zip("PQ", programs, strict=False):
        fields += [slot, source_text(code)]
    reply = session.ask(fields, seconds=CHECK_SECONDS)
    if (limit := lost_reason(reply)) is not None:
        which = "the program" if len(programs) == 1 else "one of the programs"
        raise Refused(limit, f"checking {which} ran into the {limit} limit")
    facts = []
    for slot, data in zip("PQ", reply["programs"], strict=False):
        if "problem" in data:
            raise problem(data["problem"], "" if len(programs) == 1 else f"{slot}, ")
        facts.append(read_facts(data))
    return facts


def problem(data: dict[str, Any], where: str) -> Refused:
    """Return what GHC or the audit found wrong, as one sentence with its place."""
    reason, message = Reason(data["reason"]), visible(" ".join(str(data["message"]).split()))
    if reason is Reason.TYPE_ERROR and "an't be safely imported" in message:
        reason = Reason.UNSAFE_IMPORT
    place = f"line {data['line']}" + (f", column {data['column']}" if data["column"] else "") if data["line"] else ""
    head = f"{where}{place}".removesuffix(", ") if where and not place else f"{where}{place}"
    return Refused(reason, f"{head}: {message}" if head else message)


@dataclass(frozen=True)
class Pair:
    """Two loaded programs whose entries have one type."""

    p: Facts
    q: Facts
    p_entry: Chosen
    q_entry: Chosen
    instances: list[Instance]
    """In P's names of the variables."""
    renaming: dict[str, str]
    """P's variables as Q calls them."""

    def for_q(self, instance: Instance) -> Instance:
        """Return an instance in Q's names."""
        return {self.renaming[name]: ty for name, ty in instance.items()}


def load_pair(session: Session, p: str, q: str, entry: str | None, *, literals: bool) -> Pair:
    """Load P and Q, choose their entries, and see that they are two programs of one type.

    Raises ``Refused``.
    """
    facts = load(session, [p, q], literals=literals)
    p_entry = choose(facts[0], entry)
    q_entry = choose(facts[1], None, like=p_entry.name)
    for chosen in (p_entry, q_entry):
        refuse_actions(chosen)
    why = mismatch(facts[0], facts[1], p_entry, q_entry)
    if why is not None:
        raise Refused(Reason.TYPE_MISMATCH, f"P and Q do not have the same type: {why}")
    if same_program(source_text(p), source_text(q), p_entry.name, q_entry.name):
        raise Refused(Reason.SAME_PROGRAM, "Q is P up to names, layout, comments, signatures and order of declarations")
    names = renaming(p_entry.declaration, q_entry.declaration) or {}
    return Pair(facts[0], facts[1], p_entry, q_entry, instances(p_entry, q_entry), names)


def subject(codecs: drive.Codecs, chosen: Chosen, instance: Instance) -> str:
    """Return the driver's expression for an entry at an instance.

    Raises ``Refused`` where the result cannot be shown or an argument cannot be made.
    """
    arguments, result = chosen.arrows(instance)
    where = f"line {chosen.declaration.line}: {chosen.name} :: {chosen.declaration.show()}"
    try:
        codecs.codec(result, shown=True)
    except drive.Unsupported as error:
        raise Refused(Reason.UNPRINTABLE, f"{where}: the result cannot be shown: {error}") from error
    try:
        return codecs.subject(chosen.name, arguments, result)
    except drive.Unsupported as error:
        raise Refused(Reason.NOTHING_TESTABLE, f"{where}: no values of an argument can be made: {error}") from error


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
    books = [drive.Codecs(slot, facts) for slot, facts, _, _ in sides]
    subjects = [subject(book, chosen, at) for book, (_, _, chosen, at) in zip(books, sides, strict=True)]
    arguments, _ = sides[0][2].arrows(instance)
    inputs = [f"H.input {books[0].codec(ty, shown=False)} argument{n}" for n, ty in enumerate(arguments, start=1)]
    outcomes = ", ".join(f"H.apply {text} arguments" for text in subjects)
    given = [f"argument{n} = Args.argument{n}" for n in range(1, len(arguments) + 1)]
    bindings = [*given, f"arguments = [{', '.join(inputs)}]", f"outcomes = [{outcomes}]"]
    driver = drive.module(books, bindings, arguments=bool(arguments))
    lines = [
        book.entry_line(chosen.name, *chosen.arrows(at)) for book, (_, _, chosen, at) in zip(books, sides, strict=True)
    ]
    free = not any(chosen.declaration.constraints for _, _, chosen, _ in sides)
    plan = drive.plan(books, lines, []) if free else ""
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
    every: Sequence[Instance],
    way: Callable[[Instance], Alternative],
    args: Sequence[str],
) -> tuple[Instance, list[Outcome]]:
    """Run the programs' entries on the arguments; return the first instance that fits them, and what came of each.

    Where a child is killed in the middle of one evaluation, that one ran into its limit and the others are asked again.
    """
    count = len(programs)
    outcomes: list[Outcome | None] = [None] * count
    ways, others = [way(every[0])], every[1:]
    chosen = every[0]
    while any(outcome is None for outcome in outcomes):
        asked = [n for n in range(count) if outcomes[n] is None]
        reply = ask_ways(session, config, ways, args, sum(1 << n for n in asked))
        if "problem" in reply:
            require_loaded(reply["problem"])
            if not others:
                raise bad_argument(reply["problem"], args)
            ways, others = [*ways, *(way(instance) for instance in others)], []
            continue
        limit = lost_reason(reply)
        if limit is None:
            chosen = ways[reply["alternative"]].instance
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


def ask_ways(
    session: Session, config: HaskellConfig, ways: Sequence[Alternative], args: Sequence[str], mask: int
) -> dict[str, Any]:
    """Run the first of the ways that fits the arguments; ``mask`` has a bit for each of its outcomes that is wanted."""
    settings = f"{int(config.seconds * 1_000_000)} {config.output_bytes} {mask}"
    fields = ["drive", "run", settings, str(len(args)), *args]
    for way in ways:
        fields += [way.driver, way.plan, *way.signatures]
    wall = CHECK_SECONDS + 3 * BUSY * config.seconds
    return session.ask(fields, seconds=wall, stall_seconds=config.seconds + 0.5)


def bad_argument(data: dict[str, Any], args: Sequence[str]) -> Refused:
    """Return why arguments fit none of the ways, and which one is at fault."""
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
    book = drive.Codecs("P", facts)
    text = subject(book, chosen, instances(chosen)[0])
    driver = drive.module([book], [drive.constants([facts.literals]), f"subject = {text}"], arguments=False)
    line = book.entry_line(chosen.name, *chosen.arrows(instances(chosen)[0]))
    plan = drive.plan([book], [line], [facts.literals]) if not chosen.declaration.constraints else ""
    reply = session.ask(["drive", "examples", f"{seed} 1000 {count}", "0", driver, plan], seconds=CHECK_SECONDS)
    if (limit := lost_reason(reply)) is not None:
        raise Refused(limit, f"making inputs ran into the {limit} limit")
    if "problem" in reply:
        raise Refused(Reason.NOTHING_TESTABLE, " ".join(str(reply["problem"]["message"]).split()))
    return [list(example) for example in reply["examples"]]


def pair_outcomes(
    session: Session,
    config: HaskellConfig,
    programs: Sequence[str],
    pair: Pair,
    every: Sequence[Instance],
    args: Sequence[str],
) -> tuple[Instance, list[Outcome]]:
    """Run a loaded pair on one input, as ``outcomes_of``."""
    return outcomes_of(
        session,
        config,
        programs,
        every,
        lambda at: alternative(at, [("P", pair.p, pair.p_entry, at), ("Q", pair.q, pair.q_entry, pair.for_q(at))]),
        args,
    )


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
        every = [pinned(pair, instance)] if instance else pair.instances
        chosen, outcomes = pair_outcomes(session, config, [p, q], pair, every, args)
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


def shown_instance(instance: Instance) -> str:
    """Write what the type variables run at: ``a = Int, b = Bool``."""
    return ", ".join(f"{name} = {show_type(ty)}" for name, ty in sorted(instance.items()))


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
