"""What a program gives on inputs as its own ``show`` writes it, where the other questions use a derived rendering.

A dataset records what ``print`` would print. The derived rendering is the same text for numbers, characters, lists,
tuples, ``Maybe`` and ``Either``; for all else the worker compiles a call of ``show``, and falls back on the rendering
for a type without ``Show``. No label rests on a text made here: a program's ``show`` may say anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from seqplay.config import HaskellConfig
from seqplay.haskell.analysis.arguments import split_arguments
from seqplay.haskell.execution import driver as drive
from seqplay.haskell.execution.entry import Chosen, Instance, Refused, choose, instances, refuse_actions
from seqplay.haskell.execution.evaluation import (
    Alternative,
    alternative,
    ask_candidates,
    bad_argument,
    limit_message,
    read_outcome,
    require_arity,
)
from seqplay.haskell.execution.facts import CHAR, LIST, UNIT, Con, Facts, Other, Type, is_tuple
from seqplay.haskell.execution.loading import (
    load,
    lost_reason,
    require_loaded,
    verdict_of,
)
from seqplay.haskell.results import Entry, Outcome, Ran, Reason
from seqplay.haskell.sandbox.session import Session
from seqplay.records import Verdict

_WHOLE = (
    *(f"GHC.Types.{name}" for name in ("Int", "Word", "Char", "Bool", "Ordering")),
    *(f"GHC.Int.Int{bits}" for bits in (8, 16, 32, 64)),
    *(f"GHC.Word.Word{bits}" for bits in (8, 16, 32, 64)),
    "GHC.Num.Integer.Integer", "GHC.Num.Natural.Natural", "GHC.Types.Double", "GHC.Types.Float", UNIT,
)  # fmt: skip
_TEXT = Con(LIST, (Con(CHAR),))
_AROUND = (LIST, "GHC.Maybe.Maybe", "Data.Either.Either")
_NO_NUMBER = ("(0/0)", "(1/0)", "(-1/0)")
"""How the rendering writes what has no literal."""

MOST_LATE = 2
"""Inputs that may run into the time limit, each by itself, before a program's other inputs are given up."""

Reading = Sequence[str]
"""Arguments, one whole expression each."""


def show(
    session: Session, config: HaskellConfig, code: str, inputs: Sequence[Sequence[Reading]], entry: str | None
) -> list[Ran]:
    """Answer ``Executor.show``: one result for each input.

    An input is one or several ways to read it; the first of the entry's arity is taken.
    """
    described: Entry | None = None
    try:
        facts = load(session, [code])[0]
        chosen = choose(facts, entry)
        described = chosen.describe({})
        refuse_actions(chosen)
        fitting = instances(chosen)
    except Refused as error:
        return [_refused(error, described) for _ in inputs]
    subject = _Subject(facts, chosen, fitting)
    together = _together(session, config, subject, inputs) if len(inputs) > 1 else None
    if together is not None:
        return together
    results: list[Ran] = []
    for readings in inputs:
        late = [ran for ran in results if ran.reason is Reason.TIMEOUT]
        if len(late) >= MOST_LATE:
            message = f"not run: {MOST_LATE} inputs before it did not end in time"
            results.append(late[0].model_copy(update={"message": message}))
            continue
        try:
            if len(inputs) > 1:
                _again(session, code)
            result = _one(session, config, subject, code, readings)
        except Refused as error:
            result = _refused(error, described)
        results.append(result)
    return results


def _together(
    session: Session, config: HaskellConfig, subject: _Subject, inputs: Sequence[Sequence[Reading]]
) -> list[Ran] | None:
    """Run all inputs with one driver, at the first instance; none where one of them has to be looked at by itself."""
    arity = len(subject.chosen.arrows({})[0])
    taken = [next((reading for reading in readings if len(reading) == arity), None) for readings in inputs]
    args = [list(reading) for reading in taken if reading is not None]
    if len(args) < len(inputs):
        return None
    try:
        candidate = subject.showing(subject.instances[0], len(inputs))
        reply = ask_candidates(
            session, config, [candidate], [arg for reading in args for arg in reading], (1 << len(inputs)) - 1
        )
        if "problem" in reply or lost_reason(reply) is not None:
            return None
    except Refused:
        return None
    return [_ran(subject, subject.instances[0], read_outcome(data), config) for data in reply["outcomes"]]


def _again(session: Session, code: str) -> None:
    """Load a program once more: a driver that was linked answers for all later ones of its item."""
    load(session, [code])


@dataclass(frozen=True)
class _Subject:
    """A loaded program and its entry."""

    facts: Facts
    chosen: Chosen
    instances: Sequence[Instance]

    def plain(self, instance: Instance) -> bool:
        """Whether the rendering is what ``show`` writes, and the arguments can be made without ``show``'s driver."""
        try:
            codecs = drive.Codecs("P", self.facts)
            arguments, result = self.chosen.arrows(instance)
            codecs.subject(self.chosen.name, arguments, result)
        except drive.Unsupported:
            return False
        return _plain(result)

    def rendering(self, instance: Instance) -> Alternative:
        """Return the way to the derived rendering."""
        return alternative(instance, [("P", self.facts, self.chosen, instance)])

    def showing(self, instance: Instance, inputs: int = 1) -> Alternative:
        """Return the way to the program's own ``show``: a driver that calls it on the entry's value at each input."""
        arguments, _ = self.chosen.arrows(instance)
        codecs = drive.Codecs("P", self.facts)
        codecs.imports.add("Prelude")
        names = [f"argument{n}" for n in range(1, inputs * len(arguments) + 1)]
        function = drive.qualified("P", self.chosen.name)
        calls = [" ".join([function, *names[n * len(arguments) : (n + 1) * len(arguments)]]) for n in range(inputs)]
        outcomes = ", ".join(f"H.Call (Prelude.show ({call})) []" for call in calls)
        bindings = [*(f"{name} = Args.{name}" for name in names), f"outcomes = [{outcomes}]"]
        driver = drive.module([codecs], bindings, arguments=bool(arguments))
        return Alternative(instance, driver, "", [_signature(ty) for ty in arguments] * inputs)

    def inferred(self, args: Reading) -> tuple[Alternative, str] | None:
        """Return the way that leaves all types to GHC, as ``print`` would, and the call as its one argument.

        None where an argument is not one whole expression, so that a call made of them would be another one.
        """
        whole = [f"({arg})" for arg in args]
        if split_arguments(" ".join(whole)) != whole:
            return None
        call = " ".join([drive.qualified("Seqplay_P", self.chosen.name), *whole])
        bindings = ["argument1 = Args.argument1", "outcomes = [H.Call argument1 []]"]
        driver = drive.module([drive.Codecs("P", self.facts)], bindings, arguments=True)
        return Alternative({}, driver, "", [drive.signature(_TEXT)]), f"Text.Show.show ({call})"

    def candidates(self, instances: Sequence[Instance], *, trust_rendering: bool) -> list[Alternative]:
        """Return the ways to run the entry at some instances, best first.

        Raises ``Refused`` where there is none.
        """
        found: list[Alternative] = []
        refused: Refused | None = None
        for instance in instances:
            makers = [self.showing, self.rendering]
            for make in [self.rendering] if trust_rendering and self.plain(instance) else makers:
                try:
                    found.append(make(instance))
                except Refused as error:
                    refused = refused or error
        if not found and refused is not None:
            raise refused
        return found


def _signature(ty: Type) -> str:
    """Return an argument's signature; a type of higher rank is written as GHC writes it."""
    try:
        return ty.text if isinstance(ty, Other) else drive.signature(ty)
    except drive.Unsupported as error:
        raise Refused(Reason.NOTHING_TESTABLE, str(error)) from error


def _plain(ty: Type) -> bool:
    match ty:
        case Con(name, (), False) if name in _WHOLE:
            return True
        case Con(name, arguments, False) if name in _AROUND or is_tuple(name):
            return all(_plain(argument) for argument in arguments)
    return False


def _one(session: Session, config: HaskellConfig, subject: _Subject, code: str, readings: Sequence[Reading]) -> Ran:
    """Run one input."""
    arity = len(subject.chosen.arrows({})[0])
    args = next((reading for reading in readings if len(reading) == arity), None)
    if args is None:
        require_arity(subject.chosen, len(readings[0]))
        raise ValueError("an input of the right arity was refused")
    ran = _ask(session, config, subject, args, trust_rendering=True)
    if ran.output is not None and any(text in ran.output for text in _NO_NUMBER):
        _again(session, code)
        ran = _ask(session, config, subject, args, trust_rendering=False)
    return ran


def _ask(session: Session, config: HaskellConfig, subject: _Subject, args: Reading, *, trust_rendering: bool) -> Ran:
    candidates = subject.candidates(subject.instances[:1], trust_rendering=trust_rendering)
    reply = ask_candidates(session, config, candidates, args, 1)
    if "problem" in reply and len(subject.instances) > 1:
        require_loaded(reply["problem"])
        candidates = subject.candidates(subject.instances, trust_rendering=trust_rendering)
        reply = ask_candidates(session, config, candidates, args, 1)
    if "problem" in reply and args and (inferred := subject.inferred(args)) is not None:
        candidate, call = inferred
        other = ask_candidates(session, config, [candidate], [call], 1)
        candidates, reply = ([candidate], other) if "problem" not in other else (candidates, reply)
    if "problem" in reply:
        require_loaded(reply["problem"])
        if reply["problem"]["reason"] != Reason.BAD_INPUT:
            subject.rendering(subject.instances[0])  # says why where the result cannot be shown
        raise bad_argument(reply["problem"], args)
    limit = lost_reason(reply)
    if limit is not None:
        if reply.get("board", [1])[0] == 0:
            raise Refused(limit, f"compiling the program for this input ran into the {limit} limit")
        return _ran(subject, subject.instances[0], Outcome(kind=limit), config)
    instance, outcome = candidates[reply["alternative"]].instance, read_outcome(reply["outcomes"][0])
    return _ran(subject, instance, outcome, config)


def _refused(error: Refused, entry: Entry | None) -> Ran:
    return Ran(verdict=verdict_of(error.reason), reason=error.reason, message=error.message, entry=entry)


def _ran(subject: _Subject, instance: Instance, outcome: Outcome, config: HaskellConfig) -> Ran:
    name, entry = subject.chosen.name, subject.chosen.describe(instance)
    if outcome.kind is Reason.VALUE:
        text = outcome.text
        return Ran(verdict=Verdict.ACCEPTED, reason=outcome.kind, message=text, entry=entry, output=text)
    if outcome.kind is Reason.EXCEPTION:
        shown = str(outcome).removeprefix("exception ")
        message = f"{name} throws {shown}"
        return Ran(verdict=Verdict.REJECTED, reason=outcome.kind, message=message, entry=entry, exception=shown)
    message = f"{name} {limit_message(outcome, config)}"
    return Ran(verdict=verdict_of(outcome.kind), reason=outcome.kind, message=message, entry=entry)
