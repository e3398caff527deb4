"""Patterns of a program in the language of theorems: literals become guards, records positional, views guards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from seqplay.haskell import syntax as hs
from seqplay.haskell.syntax import Constructor, LitKind
from seqplay.haskell.syntax.fixity import base_name
from seqplay.proof.language import core
from seqplay.proof.language.refusal import Refusal, Refused
from seqplay.proof.translation.literals import character, characters, number


@dataclass(frozen=True)
class Shapes:
    """What the program's data types say: constructors by name, with the type that each belongs to."""

    constructors: Mapping[str, Constructor]
    siblings: Mapping[str, tuple[str, ...]]
    """Each constructor's whole type, in order."""
    renamed: Mapping[str, str]
    """Constructors that cannot keep their names."""

    def name(self, name: str) -> str:
        """Return a constructor's name in theorems."""
        bare = base_name(name)
        return self.renamed.get(bare, bare)

    def alone(self, name: str) -> bool:
        """Whether a constructor (by its name in the program) is its type's only one, so that matching cannot fail."""
        return name.startswith("(") or self.siblings.get(name, ()) == (name,)

    def labels(self, name: str) -> tuple[str, ...]:
        """Return a constructor's field names."""
        found = self.constructors.get(base_name(name))
        if found is None:
            raise Refused(Refusal.RECORD, f"the constructor {name} is not the program's own")
        return found.labels


@dataclass
class Reading:
    """The patterns of one place: the guards that their literals make, and the names that they bind."""

    shapes: Shapes
    fresh: Callable[[str], str]
    """Gives a name to what has none."""
    bind: Callable[[str], str]
    """Gives a variable of the program its name in theorems."""
    view: Callable[[hs.Expr], core.Expr]
    """Translates a view pattern's function."""
    guards: list[core.Guard] = field(default_factory=list)

    def pattern(self, pat: hs.Pat) -> core.Pattern:
        """Return a pattern; what it cannot say itself is appended to ``guards``."""
        match pat:
            case hs.PVar(name):
                return core.PVar(self.bind(name))
            case hs.PWild():
                return core.PWild()
            case hs.PLit(LitKind.STRING, text):
                return self._chars(characters(text))
            case hs.PLit(kind, text, negative):
                value = character(text) if kind is LitKind.CHAR else number(kind, text, negative)
                return self._equal(value)
            case hs.PCon(name, args):
                return core.PCon(self.shapes.name(name), tuple(self.pattern(arg) for arg in args))
            case hs.PTuple(items):
                return core.PCon("(" + "," * (len(items) - 1) + ")", tuple(self.pattern(item) for item in items))
            case hs.PList(items):
                result: core.Pattern = core.PCon("[]")
                for item in reversed([self.pattern(each) for each in items]):
                    result = core.PCon(":", (item, result))
                return result
            case hs.PAs(name, inner):
                bound = self.bind(name)
                return core.PAs(bound, self.pattern(inner))
            case hs.PBang(inner):
                # Every function of a theorem ends without an exception on every value: strictness changes nothing.
                return self.pattern(inner)
            case hs.PLazy(inner):
                if not self.irrefutable(inner):
                    raise Refused(Refusal.PATTERN, "a lazy pattern that can fail")
                return self.pattern(inner)
            case hs.PRec(name, binds, wildcard):
                return self._record(name, binds, wildcard)
            case hs.PView(expr, inner):
                viewed, at = self.fresh("viewed"), len(self.guards)
                matched = self.pattern(inner)
                self.guards.insert(at, core.Match(matched, core.apply(self.view(expr), core.Var(viewed))))
                return core.PVar(viewed)
            case _:
                raise Refused(Refusal.PATTERN, f"the pattern {type(pat).__name__.removeprefix('P').lower()}")

    def _equal(self, value: core.Expr) -> core.Pattern:
        name = self.fresh("k")
        self.guards.append(core.Test(core.App(core.Var("=="), (core.Var(name), value))))
        return core.PVar(name)

    def _chars(self, chars: tuple[core.Expr, ...]) -> core.Pattern:
        items = [self._equal(char) for char in chars]
        result: core.Pattern = core.PCon("[]")
        for item in reversed(items):
            result = core.PCon(":", (item, result))
        return result

    def _record(self, name: str, binds: tuple[hs.FieldPat, ...], wildcard: bool) -> core.Pattern:
        labels = self.shapes.labels(name)
        found = {bind.name: bind.pat or hs.PVar(bind.name) for bind in binds}
        if not found and not wildcard:
            count = len(self.shapes.constructors[base_name(name)].fields)
            return core.PCon(self.shapes.name(name), (core.PWild(),) * count)
        default = (lambda label: hs.PVar(label)) if wildcard else (lambda label: hs.PWild())
        pats = [found.get(label) or default(label) for label in labels]
        return core.PCon(self.shapes.name(name), tuple(self.pattern(pat) for pat in pats))

    def irrefutable(self, pat: hs.Pat) -> bool:
        """Whether a pattern matches every value of its type."""
        match pat:
            case hs.PVar() | hs.PWild():
                return True
            case hs.PBang(inner) | hs.PLazy(inner) | hs.PAs(_, inner):
                return self.irrefutable(inner)
            case hs.PTuple(items):
                return all(self.irrefutable(item) for item in items)
            case hs.PCon(name, args):
                return self.shapes.alone(base_name(name)) and all(self.irrefutable(arg) for arg in args)
            case hs.PRec(name, binds, _):
                return self.shapes.alone(base_name(name)) and all(
                    bind.pat is None or self.irrefutable(bind.pat) for bind in binds
                )
            case _:
                return False


def bound_names(pat: hs.Pat, shapes: Shapes) -> list[str]:
    """Return the names that a pattern binds, those of a record wildcard included."""
    match pat:
        case hs.PVar(name):
            return [name]
        case hs.PAs(name, inner):
            return [name, *bound_names(inner, shapes)]
        case hs.PRec(name, binds, wildcard):
            made = [n for bind in binds for n in (bound_names(bind.pat, shapes) if bind.pat else [bind.name])]
            if wildcard:
                made += [label for label in shapes.labels(name) if label not in {bind.name for bind in binds}]
            return made
        case _:
            return [n for child in hs.children(pat) if isinstance(child, hs.Pat) for n in bound_names(child, shapes)]
