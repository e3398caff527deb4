"""Rule-based Alice: rewrites of a Haskell program that keep its meaning (SEQ), or break it (SINQ).

No model is needed: the baseline that a model has to beat, and the cold start before one can write Haskell. Each
result is a whole program text in which one place was rewritten (``preserving`` also composes two rewrites). What a
rule promises is in its docstring; every candidate is still compiled, run and compared by the pipeline like any model's.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from seqplay.haskell.analysis.normalise import normal_form
from seqplay.haskell.syntax import Decl, Node
from seqplay.haskell.syntax.printing import printer
from seqplay.haskell.syntax.scope import Capture, free_names, has_wildcard
from seqplay.mutate import laws, mistakes
from seqplay.mutate.rendering import render
from seqplay.mutate.subject import Rule, Site, Subject, rebuilt, replaced, sites

LIMIT = 32
_COMPOSED = 8
_REMEMBERED = 16
_NAME = re.compile(r"[a-z_][\w']*")
_OWN_NAME = re.compile(r"(value|part|items?|start)\d*|(xs?|y|p|acc|go|rest)\d+")
"""Names that the rules give what they bind, without those that anybody might choose (``x``, ``acc``, ``go``)."""


class Rewrite(NamedTuple):
    """A candidate: the rule (two joined by ``+`` if composed), the whole program text, the line of P that was
    rewritten.
    """

    rule: str
    code: str
    line: int


class _Draft(NamedTuple):
    """A rewrite not yet carried out: which declaration, the place in it, and what comes there."""

    rule: str
    at: int
    site: Site
    new: Node


def preserving(code: str, entry: str, seed: int, limit: int = LIMIT) -> list[Rewrite]:
    """Return programs that mean the same as ``code`` at ``entry`` but are not the same program; the order is drawn
    by seed.

    At most ``limit`` single rewrites and a few compositions of two; none for a text with syntax errors.
    """
    rng = random.Random(seed)
    single = _rewrites(code, entry, laws.RULES, rng, limit)
    forms = {normal_form(text, entry) for text in (code, *(rewrite.code for rewrite in single))}
    composed: list[Rewrite] = []
    for first in single[:_COMPOSED]:
        for second in _rewrites(first.code, entry, laws.RULES, rng, 2):
            form = normal_form(second.code, entry)
            if second.rule != first.rule and form not in forms:
                forms.add(form)
                composed.append(Rewrite(f"{first.rule}+{second.rule}", second.code, first.line))
                break
    return [rewrite for group in _alternate(single, composed) for rewrite in group]


def breaking(code: str, entry: str, seed: int, limit: int = LIMIT) -> list[Rewrite]:
    """Return at most ``limit`` programs that most likely differ from ``code`` at ``entry`` on some input; the order is
    drawn by seed.
    """
    return _rewrites(code, entry, mistakes.RULES, random.Random(seed), limit)


def each_preserving(code: str, entry: str, seed: int) -> Iterator[Rewrite]:
    """Yield what ``preserving`` returns, without the compositions, one by one: the first costs no more than itself."""
    return islice(_each(code, entry, laws.RULES, random.Random(seed)), LIMIT)


def each_breaking(code: str, entry: str, seed: int) -> Iterator[Rewrite]:
    """Yield what ``breaking`` returns, one by one."""
    return islice(_each(code, entry, mistakes.RULES, random.Random(seed)), LIMIT)


def _alternate(first: list[Rewrite], second: list[Rewrite]) -> Iterator[list[Rewrite]]:
    """Two single rewrites, then a composed one, and so on."""
    rest = iter(second)
    for index, rewrite in enumerate(first):
        yield [rewrite]
        if index % 2:
            yield [each for each in [next(rest, None)] if each is not None]
    yield list(rest)


def _rewrites(code: str, entry: str, rules: dict[str, Rule], rng: random.Random, limit: int) -> list[Rewrite]:
    return list(islice(_each(code, entry, rules, rng), limit))


def _each(code: str, entry: str, rules: dict[str, Rule], rng: random.Random) -> Iterator[Rewrite]:
    """Yield the rewrites by single rules, no two with one normal form; all chance is drawn before the first."""
    subject, drafts = _possible(code, entry, by_mistake=rules is mistakes.RULES)
    text = subject.source.code
    forms = {normal_form(code, entry)} if drafts else set()
    for draft in _spread(drafts, rng):
        new = _carried_out(subject, draft)
        form = normal_form(new, entry) if new is not None else ""
        if new is None or form in forms:
            continue
        forms.add(form)
        line = text.encode("utf-8", "surrogatepass")[: _offset(subject, draft)].count(b"\n") + 1
        yield Rewrite(draft.rule, new, line)


@lru_cache(_REMEMBERED)
def _possible(code: str, entry: str, *, by_mistake: bool) -> tuple[Subject, tuple[_Draft, ...]]:
    """Return a program, and all that the laws, or the mistakes, would do to it.

    Remembered: who asks for one rewrite by chance mostly asks for another.
    """
    subject = Subject(code, entry)
    if subject.source.errors or entry not in subject.source.defined or has_wildcard(subject.program):
        return subject, ()
    return subject, tuple(_drafts(subject, mistakes.RULES if by_mistake else laws.RULES))


def _drafts(subject: Subject, rules: dict[str, Rule]) -> Iterator[_Draft]:
    for index in subject.reached:
        for site in sites(subject.program.decls[index]):
            for name, rule in rules.items():
                try:
                    for new in rule(subject, site.node):
                        yield _Draft(name, index, site, new)
                except (Capture, RecursionError):
                    continue


def _carried_out(subject: Subject, draft: _Draft) -> str | None:
    """Return the program's text after a rewrite; None where a name it needs means something else there."""
    old = subject.program.decls[draft.at]
    new = rebuilt(old, draft.site.path, draft.new)
    added = free_names(new) - free_names(old)
    if not isinstance(new, Decl) or not all(subject.available(name) or subject.imports(name) for name in added):
        return None
    program = replaced(subject.program, draft.at, new)
    return render(subject.source.code, subject.program, program, printer(subject.program))


def _offset(subject: Subject, draft: _Draft) -> int:
    start = draft.site.node.span[0]
    return start if start >= 0 else subject.program.decls[draft.at].span[0]


def _spread(drafts: Iterable[_Draft], rng: random.Random) -> list[_Draft]:
    """Shuffle, then take turns between the rules, so that a rule with many places does not crowd out the others."""
    queues: dict[str, list[_Draft]] = {}
    for draft in drafts:
        queues.setdefault(draft.rule, []).append(draft)
    for queue in queues.values():
        rng.shuffle(queue)
    names = list(queues)
    result: list[_Draft] = []
    while names:
        rng.shuffle(names)
        for name in names:
            result.append(queues[name].pop())
        names = [name for name in names if queues[name]]
    return result


def borrowed_names(p: str, q: str) -> set[str]:
    """Return the new names of Q that the rules would have given: who uses them copies their style."""
    return {name for name in set(_NAME.findall(q)) - set(_NAME.findall(p)) if _OWN_NAME.fullmatch(name)}
