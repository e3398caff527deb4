"""Types of a translated program, and what depends on them: overloaded names, numbers, equality.

A function without a signature gets one type for the whole program: its uses decide it, and where they disagree, the
program is refused. Where an operation's meaning in the logic differs from its meaning at a type (Double, a type with an
instance of the program's own), it is replaced by a function that the logic knows by name alone, or refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from seqplay.haskell import syntax as hs
from seqplay.haskell.analysis.unification import (
    DOUBLE,
    Atom,
    Meta,
    Mismatch,
    Rigid,
    Ty,
    prune,
    spine,
    unify,
    variables_of,
)
from seqplay.proof.inference.classes import Classes
from seqplay.proof.inference.conversion import read, write
from seqplay.proof.inference.schemes import BUILTIN, CONSTRUCTORS, Scheme, schemes
from seqplay.proof.inference.terms import Later, Terms, Wanted, constructor_schemes, function_type, unknowns
from seqplay.proof.language import core
from seqplay.proof.language.library import AT_DOUBLE, OVERLOADED
from seqplay.proof.language.refusal import Refusal, Refused
from seqplay.proof.translation.types import read_type


class Inference(Terms):
    """Infers the types of one program, and then decides what its overloaded names are.

    ``hints`` are types of parts of a function's type: how many arguments come before the part, and what it is.
    """

    def __init__(
        self,
        functions: Sequence[core.Function],
        data: Sequence[core.DataType],
        library: Mapping[str, Scheme],
        hints: Mapping[str, tuple[int, hs.Type]],
        classes: Classes,
    ) -> None:
        overloaded = {core.LIBRARY + name: Scheme(read_type(text).type) for name, (text, _) in OVERLOADED.items()}
        super().__init__(
            {**library, **schemes(BUILTIN), **overloaded}, {**schemes(CONSTRUCTORS), **constructor_schemes(data)}
        )
        self.functions = functions
        self.classes = classes
        self.hints = hints
        self.fixed: dict[str, Ty] = {}
        """The types of functions without a signature: one for the whole program, whoever uses them."""
        self.calls: dict[str, set[str]] = {}
        """The functions that each uses: what those of ``fixed`` need of classes, it needs too."""
        for function in functions:
            if function.signature is not None:
                self.schemes[function.name] = Scheme(function.signature.type, function.signature.constraints)
            else:
                self.fixed[function.name] = Meta()

    # ------------------------------------------------------------ the whole

    def run(self) -> tuple[core.Function, ...]:
        """Return the functions with their signatures and with overloaded names resolved; raises ``Refused``."""
        try:
            later = [self._function(function) for function in self.functions]
        except Mismatch as mismatch:
            raise Refused(Refusal.TYPE, f"in {self.where}: {mismatch}") from None
        self.default()
        made = [rebuild() for rebuild in later]
        for wanted in self.wanted:
            if not wanted.waived:
                self.classes.check(wanted.name, wanted.type, wanted.what)
        needs = self._needs()
        return tuple(self._signed(function, needs) for function in made)

    def _needs(self) -> dict[str, set[tuple[str, Meta | Rigid]]]:
        """Return the classes that each function needs of its type variables, through its callees too."""
        needs: dict[str, set[tuple[str, Meta | Rigid]]] = {function.name: set() for function in self.functions}
        for wanted in self.wanted:
            for variable in [] if wanted.waived else variables_of(wanted.type):
                needs[wanted.where].add((wanted.name, variable))
        changed = True
        while changed:
            changed = False
            for name, called in self.calls.items():
                for other in called:
                    extra = needs.get(other, set()) - needs[name] if other in self.fixed else set()
                    changed = changed or bool(extra)
                    needs[name] |= extra
        return needs

    def _signed(self, function: core.Function, needs: Mapping[str, set[tuple[str, Meta | Rigid]]]) -> core.Function:
        if function.signature is not None:
            return function
        type_ = self.fixed[function.name]
        names: dict[int, str] = {}
        rigid: dict[Rigid, str] = {}
        letters = (letter + str(number or "") for number in range(99) for letter in "abcdefgh")
        for variable in variables_of(type_):
            if isinstance(variable, Rigid):
                rigid[variable] = next(letters)
            elif isinstance(variable, Meta):
                names[id(variable)] = next(letters)
        shown = {id(v): n for v, n in rigid.items()} | names
        constraints = sorted(
            {
                (cls, rigid[variable] if isinstance(variable, Rigid) else names.get(id(variable), ""))
                for cls, variable in needs[function.name]
                if isinstance(variable, Meta) or variable in rigid
            }
        )
        made = tuple(hs.Constraint(cls, hs.TyVar(name)) for cls, name in constraints if name and shown)
        return replace(function, signature=hs.Signature((function.name,), made, write(type_, names, rigid)))

    # ------------------------------------------------------------ functions

    def _function(self, function: core.Function) -> Callable[[], core.Function]:
        self.where = function.name
        self.calls[function.name] = set()
        if function.signature is not None:
            type_ = read(function.signature.type, lambda name: Rigid(name, function.name))
        else:
            type_ = self.fixed[function.name]
        if function.name in self.hints:
            skipped, hint = self.hints[function.name]
            unify(type_, function_type([Meta() for _ in range(skipped)], read(hint, unknowns())))
        later = []
        for equation in function.equations:
            env: dict[str, Ty] = {}
            result = Meta()
            parameters = [self.pattern(each, env) for each in equation.patterns]
            unify(type_, function_type(parameters, result))
            later.append((equation.patterns, self.rhs(equation.rhs, env, result)))
        return lambda: replace(function, equations=tuple(core.Equation(patterns, rhs()) for patterns, rhs in later))

    # ------------------------------------------------------------ names

    def named(self, item: core.Var) -> tuple[Ty, Later]:
        """Return the type of a function, and what it is at the types of its use: that is known only at the end."""
        name = item.name
        self.calls[self.where].add(name)
        if name in self.fixed:
            return self.fixed[name], lambda: item
        instance = self.instance(name)
        bare = name.removeprefix(core.LIBRARY)
        if bare in OVERLOADED and name.startswith(core.LIBRARY):
            return instance.type, lambda: core.lib(_chosen(bare, instance.unknown))
        return instance.type, lambda: _at_double(item, instance.wanted)


def _at_double(item: core.Var, asked: Sequence[Wanted]) -> core.Var:
    """Return a name, or what stands for it at Double."""
    at_double = [wanted for wanted in asked if prune(wanted.type) == DOUBLE]
    if at_double and item.name in AT_DOUBLE:
        for wanted in at_double:
            wanted.waived = True
        return core.lib(AT_DOUBLE[item.name])
    return item


def _chosen(name: str, unknown: Callable[[str], Ty]) -> str:
    """Return the library's function for an overloaded name, by the head of the type that decides it."""
    _, table = OVERLOADED[name]
    heads = [spine(unknown(variable))[0] for variable in ("a", "f")]
    shown = [head.name if isinstance(head, Atom) else "Integer" if name.startswith("from") else "?" for head in heads]
    for key in (shown[1], shown[0], " ".join(shown)):
        if key in table:
            return table[key]
    raise Refused(Refusal.UNMODELLED_AT_TYPE, f"{name} at {' and '.join(shown)}")
