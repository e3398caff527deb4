"""The search for a proof without any model: cheapest tactics first, many candidates in one check, in counted steps.

Every candidate of a round stands in one module. A check answers with the places of its errors; what has none in its
own lines holds, provided the lemmas it recalls hold. The winner's text is then made of what it needs alone.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import islice
from typing import NamedTuple

from seqplay.proof.language.core import Var, apply
from seqplay.proof.language.printer import Printer
from seqplay.proof.tactics.batch import Assemble, Candidate, Check, Trial, survivors
from seqplay.proof.tactics.conjectures import Conjectures
from seqplay.proof.tactics.discovery.discover import WORK, Discovery
from seqplay.proof.tactics.discovery.work import Work
from seqplay.proof.tactics.goal import Equality, Leaf, Proof, World
from seqplay.proof.tactics.induction import Induction, Style
from seqplay.proof.tactics.lemma_store.recall import LemmaStore, Recall
from seqplay.proof.tactics.refutation import Refuter
from seqplay.proof.tactics.termination import leaves
from seqplay.proof.tactics.text import body_text, expressible, logical, proof_text, signatures
from seqplay.proof.tactics.typing import Typing
from seqplay.records import StoredLemma

STYLES = (
    Style(),
    Style(single=True),
    Style(conditions=False),
    Style(terms=True),
    Style(recursive=True),
    Style(terms=True, recursive=True),
    Style(follow=True),
)
NO_CASES = Style(cases=False)
ROUNDS = 4
"""How often what is open of a stage is tried again with what has been proved since."""
CONFIRMED = 3
"""How many answers are tried without the other candidates."""


@dataclass(frozen=True)
class Task:
    """What to prove, in which definitions."""

    world: World
    goal: Equality
    printer: Printer
    """Writes terms as the module does in which candidates are tried."""
    assemble: Assemble
    """Puts a fragment into a module with the definitions; returns it with the number of lines before the fragment."""


class Means(StrEnum):
    """The strongest means that a proof by tactics uses."""

    DIRECT = "direct"
    """Evaluation alone."""
    CASES = "cases"
    INDUCTION = "induction"
    LEMMA = "lemma"
    """Lemmas of the search's own, by whatever means those are proved."""


class Found(NamedTuple):
    """A proof: a fragment that defines ``proof`` and its lemmas; the tactic; the lemmas as they are stated."""

    text: str
    tactic: str
    """A means; behind ``lemma:`` the families of the lemmas."""
    lemmas: tuple[str, ...]

    @property
    def finder(self) -> str:
        """Who found the proof, for the records."""
        return f"tactic:{self.tactic}"


class OutOfTime(Exception):
    """The search was ended by the clock, so that nothing is known: counted steps did not come first."""


class Outcome(NamedTuple):
    """How a search ended: a proof, or none, the lemmas for the store, and the steps that looking for lemmas took."""

    found: Found | None
    lemmas: list[StoredLemma]
    steps: int


def search(task: Task, check: Check, budget: float, steps: int = WORK) -> Found | None:
    """Return a proof that the checker accepts in the module of candidates; none if the search comes to its end.

    What limits the search is counted, so that the same pair has the same answer on a busy machine: ``steps`` are those
    of the search for lemmas. ``budget`` is a last stop, in wall seconds; raises ``OutOfTime``. The caller still has to
    confirm the winner alone. Errors of the checker pass through.
    """
    return search_with_store(task, check, budget, steps, None).found


def search_with_store(task: Task, check: Check, budget: float, steps: int, store: LemmaStore | None) -> Outcome:
    """Return what ``search`` does, where lemmas of earlier pairs may be used, and what later ones may use.

    Without a store, lemmas are neither used nor returned.
    """
    searching = _Search(task, check, time.monotonic() + budget, steps, store)
    found = searching.run()
    if found is None and searching.is_late:
        raise OutOfTime
    return Outcome(found, searching.learnt(), searching.spent)


@dataclass
class _Search:
    """One search.

    A candidate that recalls lemmas is tried as if these held. So one without errors is a lemma only because all that it
    recalls was proved before, and an answer only once all that it recalls is among ``proved``.
    """

    task: Task
    check: Check
    deadline: float
    """By the monotonic clock."""
    steps: int
    """Of the search for lemmas."""
    store: LemmaStore | None = None
    proved: dict[str, Proof] = field(default_factory=dict)
    """The lemmas that hold, by name, each after those that it recalls."""
    _discovery: Discovery | None = None
    _recall: Recall | None = None

    def run(self) -> Found | None:
        """Return a proof, or none."""
        goal = self.task.goal
        if Refuter(self.task.world).agreements(goal) is None:
            return None
        return (
            self._winner([Proof(goal, Leaf()), *self._main(STYLES, ())])
            or self._by_discovery()
            or self._with_conjectures()
        )

    def _by_discovery(self) -> Found | None:
        """Return a proof by lemmas that exploration finds; what the checker does not accept is done without."""
        task = self.task
        discovery = Discovery(task.world, task.goal, self.deadline, Work(self.steps), self._recalled())
        self._discovery = discovery
        for proof in islice(discovery.run(), CONFIRMED):
            lemmas = discovery.closure(proof.lemmas)
            stated = all(expressible(logical(side)) for each in lemmas for side in (each.of.left, each.of.right))
            candidates = [self._candidate(each, each.of.name) for each in lemmas] if stated else []
            trial = Trial(self.task.assemble, self.check, self.deadline)
            kept = {each.name for each in survivors(trial, [], [*candidates, self._candidate(proof, "main0")])}
            if "main0" in kept and len(kept) > len(lemmas):
                self.proved = {each.of.name: each for each in lemmas}
                found = self._found(proof)
                if self._holds_alone(proof, found):
                    return found
            if self.is_late:
                return None
            discovery.refuse({each.of.name for each in lemmas} - kept or proof.lemmas)
        self.proved = {}
        return None

    def _recalled(self) -> list[Proof]:
        """Return the lemmas of the store that the checker accepts here."""
        if self.store is None:
            return []
        self._recall = Recall(self.store, self.task.world, self.task.goal)
        candidates = [self._candidate(each, each.of.name) for each in self._recall.proofs()]
        trial = Trial(self.task.assemble, self.check, self.deadline)
        held: dict[str, Proof] = {}
        for each in survivors(trial, [], candidates):
            if each.proof.lemmas <= held.keys():
                held[each.name] = each.proof
        return list(held.values())

    @property
    def spent(self) -> int:
        """The steps that were used up."""
        return self.steps - self._discovery.work.left if self._discovery is not None else 0

    def learnt(self) -> list[StoredLemma]:
        """Return for the store what was proved besides the goal, and what of the store its proof needs."""
        if self._recall is None or self._discovery is None:
            return []
        found = {**self._discovery.proved, **self.proved}
        new = [each for name, each in found.items() if name in self.proved or name not in self._recall.names]
        return self._recall.learnt(new, self._text)

    def _text(self, equality: Equality) -> str:
        show = self.task.printer.expr
        return f"{show(equality.left)} == {show(equality.right)}"

    def _with_conjectures(self) -> Found | None:
        open_: list[Equality] = []
        for stage in self._conjectures().stages():
            stated = [each for each in stage if expressible(logical(each.left)) and expressible(logical(each.right))]
            if not stated:
                continue
            open_ = [*open_, *stated]
            for _ in range(ROUNDS):
                before = len(self.proved)
                found = self._round(open_)
                if found is not None or self.is_late:
                    return found
                open_ = [each for each in open_ if each.name not in self.proved]
                if len(self.proved) == before:
                    break
        return None

    @property
    def is_late(self) -> bool:
        """Whether its time is up."""
        return time.monotonic() > self.deadline

    def _conjectures(self) -> Conjectures:
        task = self.task
        explored = Induction(task.world, task.goal, [], Style(terms=True))
        explored.proof()
        refuter = Refuter(task.world)
        return Conjectures(task.world, Typing.of(task.world), task.goal, explored, refuter, self.deadline)

    # ------------------------------------------------------------ rounds

    def _main(self, styles: Sequence[Style], lemmas: Sequence[Equality]) -> list[Proof]:
        made = (Induction(self.task.world, self.task.goal, lemmas, style).proof() for style in styles)
        return list(dict.fromkeys(each for each in made if each is not None))

    def _winner(self, proofs: Sequence[Proof]) -> Found | None:
        candidates = [self._candidate(proof, f"main{i}") for i, proof in enumerate(dict.fromkeys(proofs))]
        for kept in survivors(Trial(self.task.assemble, self.check, self.deadline), [], candidates):
            return self._found(kept.proof)
        return None

    def _round(self, conjectures: Sequence[Equality]) -> Found | None:
        """Try to prove the conjectures, and in the same check the theorem as if they held."""
        known = [p.of for p in self.proved.values()]
        candidates = [each for conjecture in conjectures for each in self._attempts(conjecture, known)]
        assumed = [*known, *conjectures]
        main = [
            *self._main((NO_CASES, *STYLES[:3]), assumed),
            *(self._main((NO_CASES, *STYLES), known) if known else ()),
        ]
        mains = [self._candidate(proof, f"main{i}") for i, proof in enumerate(dict.fromkeys(main)) if proof.lemmas]
        needed = {name for each in (*candidates, *mains) for name in each.proof.lemmas}
        base = [self._candidate(p, p.of.name) for p in self._closure(needed)]
        ready = []
        for kept in survivors(Trial(self.task.assemble, self.check, self.deadline), base, [*candidates, *mains]):
            if kept.proof.of.name == self.task.goal.name:
                ready.append(kept.proof)
            else:
                self.proved.setdefault(kept.proof.of.name, kept.proof)
        held = [each for each in ready if each.lemmas <= self.proved.keys()]
        for proof in sorted(held, key=lambda each: len(self._closure(set(each.lemmas))))[:CONFIRMED]:
            found = self._found(proof)
            if self._holds_alone(proof, found):
                return found
        return None

    def _holds_alone(self, proof: Proof, found: Found) -> bool:
        """Whether the answer holds without the other candidates: near the solver's limits it may not."""
        stated = "\n".join(signatures(proof.of, None, self.task.printer))
        text, _ = self.task.assemble(f"{stated}\n{found.text}")
        answer = self.check(text)
        return answer.complete and not answer.errors

    def _attempts(self, conjecture: Equality, known: Sequence[Equality]) -> list[Candidate]:
        """Return the ways to prove a conjecture; the first bears its name, which others recall."""
        world = self.task.world
        made = (Induction(world, conjecture, known, style).proof() for style in (*STYLES[:2], NO_CASES))
        attempts = [each for each in dict.fromkeys(made) if each is not None]
        names = [conjecture.name, *(f"{conjecture.name}_{i}" for i in range(1, len(attempts)))]
        return [self._candidate(proof, name) for proof, name in zip(attempts, names, strict=False)]

    def _candidate(self, proof: Proof, name: str) -> Candidate:
        return Candidate(name, proof, proof_text(_named(proof, name), self.task.printer))

    def _closure(self, names: set[str]) -> list[Proof]:
        """Return the proved lemmas of these names with all that they recall, in the order in which they were proved."""
        wanted: set[str] = set()
        todo = [name for name in names if name in self.proved]
        while todo:
            name = todo.pop()
            if name not in wanted:
                wanted.add(name)
                todo.extend(other for other in self.proved[name].lemmas if other in self.proved)
        return [proof for name, proof in self.proved.items() if name in wanted]

    # ------------------------------------------------------------ the answer

    def _found(self, proof: Proof) -> Found:
        lemmas = self._closure(set(proof.lemmas))
        texts = [proof_text(each, self.task.printer) for each in lemmas]
        if proof.metric is None:
            texts.append(body_text(proof, self.task.printer))
        else:
            inner = _named(proof, "byInduction")
            texts.append(proof_text(inner, self.task.printer))
            arguments = (Var(name) for name in proof.of.names)
            outer = Proof(proof.of, Leaf((apply(Var("byInduction"), *arguments),)))
            texts.append(body_text(outer, self.task.printer))
        return Found("\n".join(texts), tactic_name(proof, lemmas), tuple(self._stated(lemmas)))

    def _stated(self, lemmas: Sequence[Proof]) -> Iterator[str]:
        for each in lemmas:
            yield f"{each.of.name}: {self._text(each.of)}"


def _named(proof: Proof, name: str) -> Proof:
    return replace(proof, of=replace(proof.of, name=name))


def tactic_name(proof: Proof, lemmas: Sequence[Proof]) -> str:
    """Return what kind of proof it is: its strongest means."""
    if lemmas:
        families = sorted({each.of.name.rstrip("0123456789") for each in lemmas})
        return f"{Means.LEMMA}:{'+'.join(families)}"
    if isinstance(proof.tree, Leaf) and not proof.tree.hypotheses:
        return Means.DIRECT
    if any(leaf.hypotheses for leaf in leaves(proof.tree)):
        return Means.INDUCTION
    return Means.CASES
