"""What type a subexpression has, as far as the syntax tree and the signatures tell: enough to know where a law holds.

A small Hindley-Milner inference without classes (a literal may be any type, an overloaded operator relates its
operands). It is no type checker: a declaration that does not unify, or uses what is unknown here, gives its nodes no
types, and rules that need a type do not apply there. GHC has the last word on every rewritten program.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache

from seqplay.haskell import syntax as hs
from seqplay.haskell.analysis.imports import Resolver
from seqplay.haskell.analysis.source import Source, parse
from seqplay.haskell.analysis.unification import (
    ARROW,
    BOOL,
    CHAR,
    INT,
    INTEGER,
    Ap,
    Atom,
    Meta,
    Mismatch,
    Rigid,
    Ty,
    arrow,
    list_of,
    resolved,
    tuple_of,
    unify,
)
from seqplay.haskell.syntax.fixity import base_name
from seqplay.mutate.prelude import SIGNATURES

Env = Mapping[str, "hs.Type | Ty"]


@cache
def _prelude() -> dict[str, hs.Type]:
    table: dict[str, hs.Type] = {}
    for decl in parse(SIGNATURES).program.decls:
        if isinstance(decl, hs.Signature):
            table.update(dict.fromkeys(decl.names, decl.type))
    a, b = hs.TyVar("a"), hs.TyVar("b")
    maybe, either = hs.TyCon("Maybe", (a,)), hs.TyCon("Either", (a, b))
    table |= {"Just": hs.TyCon("->", (a, maybe)), "Nothing": maybe}
    table |= {"Left": hs.TyCon("->", (a, either)), "Right": hs.TyCon("->", (b, either))}
    table |= {name: hs.TyCon("Bool") for name in ("True", "False")}
    table |= {name: hs.TyCon("Ordering") for name in ("LT", "EQ", "GT")}
    table |= {"[]": hs.TyCon("[]", (a,)), "()": hs.TyCon("()")}
    table[":"] = hs.TyCon("->", (a, hs.TyCon("->", (hs.TyCon("[]", (a,)), hs.TyCon("[]", (a,))))))
    return table


class Types:
    """The types of a program's nodes, by identity of the node; ask with ``of``.

    By identity, since equal expressions at two places may have two types. A declaration's nodes have their types all
    together or, where it does not unify, not at all.
    """

    def __init__(self, source: Source) -> None:
        self._found: dict[int, Ty] = {}
        self._current: dict[int, Ty] = {}
        """Those of the declaration that is looked at, until it is known to unify."""
        self._resolver = Resolver(source)
        self._keep: list[hs.Node] = [source.program]
        """The nodes must live as long as their identities are keys."""
        self._synonyms = {
            d.name for d in source.program.decls if isinstance(d, hs.DataDecl) and d.tokens[:1] == ("type",)
        }
        decls = source.program.decls
        env: dict[str, hs.Type | Ty] = dict(_prelude())
        env |= _constructors(decls)
        env |= _signatures(decls)
        for decl in decls:
            if isinstance(decl, hs.Body) and decl.keyword == "class":
                env |= _signatures(decl.decls)
        for name in (d.name for d in decls if isinstance(d, hs.Fun)):
            if name not in _signatures(decls):
                env[name] = Meta()
        for _ in range(2):  # the second time, helpers without a signature are known from their uses
            for decl in decls:
                if isinstance(decl, hs.Fun):
                    self._top(decl, env)

    def _top(self, decl: hs.Fun, env: Env) -> None:
        self._current = {}
        try:
            self._declaration(decl, env)
        except (Mismatch, RecursionError):
            # What unification made of helpers' types before it failed stays. A law may then be tried where it does not
            # hold, and GHC and the comparison of the programs are there for that.
            return
        self._found.update(self._current)

    def of(self, node: hs.Node) -> Ty | None:
        """Return the type of an expression or pattern of the program, or None."""
        type_ = self._found.get(id(node))
        return None if type_ is None else resolved(type_)

    def known(self, node: hs.Node, *types: Ty) -> bool:
        """Whether a node's type is known to be one of these."""
        return self.of(node) in types

    def is_int(self, node: hs.Node) -> bool:
        """Whether a node is known to be an ``Int`` or an ``Integer``, where the ring laws hold exactly."""
        return self.known(node, INT, INTEGER)

    # ------------------------------------------------------------ declarations

    def _declaration(self, decl: hs.Decl, env: Env) -> None:
        match decl:
            case hs.Fun(name, clauses):
                known = env.get(name)
                result = self._signature(known) if isinstance(known, hs.Type) else self._use(name, env)
                for clause in clauses:
                    self._clause(clause, result, env)
            case hs.PatBind(pat, rhs):
                names: dict[str, hs.Type | Ty] = dict(env)
                type_ = self._pattern(pat, names, shared=env)
                self._rhs(rhs, type_, env)
            case _:
                pass

    def _signature(self, type_: hs.Type) -> Ty:
        if self._synonyms and self._mentions_synonym(type_):
            return Meta()
        # Without owners: a local signature's ``a`` counts as the outer one's, which is right under ScopedTypeVariables
        # and otherwise makes types equal that GHC keeps apart.
        return _read(type_, Rigid)

    def _mentions_synonym(self, type_: hs.Type) -> bool:
        if isinstance(type_, hs.TyCon):
            return type_.name in self._synonyms or any(self._mentions_synonym(arg) for arg in type_.args)
        return isinstance(type_, hs.TyApp)

    def _clause(self, clause: hs.Clause, type_: Ty, env: Env) -> None:
        inner = dict(env)
        for pat in clause.pats:
            arg, result = Meta(), Meta()
            unify(type_, arrow(arg, result))
            unify(self._pattern(pat, inner), arg)
            type_ = result
        self._rhs(clause.rhs, type_, inner)

    def _local(self, decls: Iterable[hs.Decl], env: Env) -> dict[str, hs.Type | Ty]:
        decls = tuple(decls)
        # All names first, then all bodies: local declarations may call each other in any order.
        inner: dict[str, hs.Type | Ty] = dict(env)
        signed = _signatures(decls)
        for decl in decls:
            if isinstance(decl, hs.Fun):
                inner[decl.name] = signed.get(decl.name) or Meta()
            elif isinstance(decl, hs.PatBind):
                self._pattern(decl.pat, inner)
        for decl in decls:
            self._declaration(decl, inner)
        return inner

    def _rhs(self, rhs: hs.Rhs, type_: Ty, env: Env) -> None:
        inner = self._local(rhs.wheres, env) if rhs.wheres else env
        for branch in rhs.branches:
            self._branch(branch, type_, inner)

    def _branch(self, branch: hs.Branch, type_: Ty, env: Env) -> None:
        inner = dict(env)
        for guard in branch.guards:
            self._guard(guard, inner)
        unify(self.infer(branch.body, inner), type_)

    def _guard(self, stmt: hs.Stmt, env: dict[str, hs.Type | Ty]) -> None:
        match stmt:
            case hs.Test(expr):
                unify(self.infer(expr, env), BOOL)
            case hs.Gen(pat, expr):
                value = self.infer(expr, env)
                unify(self._pattern(pat, env), value)
            case hs.LetStmt(decls):
                env.update(self._local(decls, env))
            case _:
                raise Mismatch

    # ------------------------------------------------------------ expressions

    def infer(self, expr: hs.Expr, env: Env) -> Ty:
        """Return the type of an expression and keep those of its parts; raises ``Mismatch``."""
        type_ = self._expression(expr, env)
        self._current[id(expr)] = type_
        return type_

    def _use(self, name: str, env: Env) -> Ty:
        found = env.get(name)
        if found is None and base_name(name) != name and not self._resolver.qualified(name).count("."):
            found = env.get(base_name(name))
        if found is None:
            return Meta()
        if isinstance(found, hs.Type):
            return Meta() if self._synonyms and self._mentions_synonym(found) else _read(found, _fresh())
        return found

    def _expression(self, expr: hs.Expr, env: Env) -> Ty:
        match expr:
            case hs.Var(name) | hs.Con(name):
                return self._constant(name, env)
            case hs.Lit(kind, _):
                return CHAR if kind is hs.LitKind.CHAR else list_of(CHAR) if kind is hs.LitKind.STRING else Meta()
            case hs.App(head, argument):
                return self._applied(self.infer(head, env), [self.infer(argument, env)])
            case hs.Infix(op, left, right):
                return self._applied(self.infer(op, env), [self.infer(left, env), self.infer(right, env)])
            case hs.LeftSection(op, operand):
                return self._applied(self.infer(op, env), [self.infer(operand, env)])
            case hs.RightSection(op, operand):
                first = Meta()
                return arrow(first, self._applied(self.infer(op, env), [first, self.infer(operand, env)]))
            case hs.Neg(operand):
                return self.infer(operand, env)
            case hs.Lam(pats, body):
                inner = dict(env)
                args = [self._pattern(pat, inner) for pat in pats]
                type_ = self.infer(body, inner)
                for arg in reversed(args):
                    type_ = arrow(arg, type_)
                return type_
            case hs.Let(decls, body):
                return self.infer(body, self._local(decls, env))
            case _:
                return self._structured(expr, env)

    def _constant(self, name: str, env: Env) -> Ty:
        if name.startswith("(,") and set(name[1:-1]) == {","}:
            items: list[Ty] = [Meta() for _ in range(len(name) - 1)]
            type_: Ty = tuple_of(items)
            for item in reversed(items):
                type_ = arrow(item, type_)
            return type_
        return self._use(name, env)

    def _applied(self, head: Ty, args: list[Ty]) -> Ty:
        for arg in args:
            result = Meta()
            unify(head, arrow(arg, result))
            head = result
        return head

    def _structured(self, expr: hs.Expr, env: Env) -> Ty:
        match expr:
            case hs.If(condition, then, other):
                unify(self.infer(condition, env), BOOL)
                type_ = self.infer(then, env)
                unify(type_, self.infer(other, env))
                return type_
            case hs.MultiIf(branches):
                type_ = Meta()
                for branch in branches:
                    self._branch(branch, type_, env)
                return type_
            case hs.Case(scrutinee, alts):
                return self._alternatives(alts, self.infer(scrutinee, env), env)
            case hs.LamCase(alts):
                arg = Meta()
                return arrow(arg, self._alternatives(alts, arg, env))
            case hs.Tuple(items):
                return tuple_of([self.infer(item, env) for item in items])
            case hs.ListLit(items):
                return list_of(self._same([self.infer(item, env) for item in items]))
            case hs.Range(first, step, last):
                ends = [self.infer(end, env) for end in (first, step, last) if end is not None]
                return list_of(self._same(ends))
            case hs.Comp(body, quals):
                inner = dict(env)
                for qual in quals:
                    self._qualifier(qual, inner)
                return list_of(self.infer(body, inner))
            case hs.Typed(inner_expr, signature):
                type_ = self._signature(signature.type)
                unify(self.infer(inner_expr, env), type_)
                return type_
            case hs.TypeApp(head, _):
                return self.infer(head, env)
            case hs.Record(head, binds, _):
                return self._record(head, [bind.value for bind in binds if bind.value is not None], env)
            case _:  # ``do`` included: which monad it is in would take classes to tell
                return Meta()

    def _record(self, head: hs.Expr, values: list[hs.Expr], env: Env) -> Ty:
        for value in values:
            self.infer(value, env)
        type_ = resolved(self.infer(head, env))
        while (
            isinstance(head, hs.Con)
            and isinstance(type_, Ap)
            and isinstance(type_.head, Ap)
            and type_.head.head == ARROW
        ):
            type_ = type_.argument
        return type_

    def _qualifier(self, stmt: hs.Stmt, env: dict[str, hs.Type | Ty]) -> None:
        if isinstance(stmt, hs.Gen):
            source = self.infer(stmt.expr, env)
            unify(list_of(self._pattern(stmt.pat, env)), source)
        else:
            self._guard(stmt, env)

    def _same(self, types: list[Ty]) -> Ty:
        for other in types[1:]:
            unify(types[0], other)
        return types[0]

    def _alternatives(self, alts: Iterable[hs.Alt], arg: Ty, env: Env) -> Ty:
        result = Meta()
        for alt in alts:
            inner = dict(env)
            unify(self._pattern(alt.pat, inner), arg)
            self._rhs(alt.rhs, result, inner)
        return result

    # ------------------------------------------------------------ patterns

    def _pattern(self, pat: hs.Pat, env: dict[str, hs.Type | Ty], shared: Env | None = None) -> Ty:
        """Return a pattern's type and put its names into ``env``; with ``shared``, names already there are the same."""
        type_ = self._shape(pat, env, shared)
        self._current[id(pat)] = type_
        return type_

    def _named(self, name: str, type_: Ty, env: dict[str, hs.Type | Ty], shared: Env | None) -> Ty:
        other = shared.get(name) if shared is not None else None
        if other is not None and not isinstance(other, hs.Type):
            unify(other, type_)
        env[name] = type_
        return type_

    def _shape(self, pat: hs.Pat, env: dict[str, hs.Type | Ty], shared: Env | None) -> Ty:
        match pat:
            case hs.PVar(name):
                return self._named(name, Meta(), env, shared)
            case hs.PAs(name, inner):
                return self._named(name, self._pattern(inner, env, shared), env, shared)
            case hs.PLazy(inner) | hs.PBang(inner):
                return self._pattern(inner, env, shared)
            case hs.PLit(kind, _, _):
                return CHAR if kind is hs.LitKind.CHAR else list_of(CHAR) if kind is hs.LitKind.STRING else Meta()
            case hs.PTuple(items):
                return tuple_of([self._pattern(item, env, shared) for item in items])
            case hs.PList(items):
                return list_of(self._same([self._pattern(item, env, shared) for item in items]))
            case hs.PCon(name, args):
                made = self._constant(name, env)
                return self._applied(made, [self._pattern(arg, env, shared) for arg in args])
            case hs.PTyped(inner, signature):
                type_ = self._signature(signature.type)
                unify(self._pattern(inner, env, shared), type_)
                return type_
            case hs.PRec(name, binds, wildcard):
                return self._record_pattern(name, binds, wildcard, env)
            case _:
                return Meta()

    def _record_pattern(
        self, name: str, binds: Iterable[hs.FieldPat], wildcard: bool, env: dict[str, hs.Type | Ty]
    ) -> Ty:
        if wildcard:
            raise Mismatch
        for bind in binds:
            if bind.pat is None:
                env[bind.name] = Meta()
            else:
                self._pattern(bind.pat, env)
        return _built(resolved(self._use(name, env)))


def _built(type_: Ty) -> Ty:
    """Return what a constructor of this type makes once it has all its fields."""
    while isinstance(type_, Ap) and isinstance(type_.head, Ap) and type_.head.head == ARROW:
        type_ = type_.argument
    return type_


def _signatures(decls: Iterable[hs.Decl]) -> dict[str, hs.Type]:
    return {name: decl.type for decl in decls if isinstance(decl, hs.Signature) for name in decl.names}


def _constructors(decls: Iterable[hs.Decl]) -> dict[str, hs.Type]:
    table: dict[str, hs.Type] = {}
    for decl in decls:
        if not isinstance(decl, hs.DataDecl):
            continue
        made = hs.TyCon(decl.name, tuple(hs.TyVar(name) for name in decl.params))
        for constructor in decl.constructors:
            type_: hs.Type = made
            for field in reversed(constructor.fields):
                type_ = hs.TyCon("->", (field, type_))
            table[constructor.name] = type_
            for label, field in zip(constructor.labels, constructor.fields, strict=False):
                table[label] = hs.TyCon("->", (made, field))
    return table


def _read(type_: hs.Type, variables: Callable[[str], Ty]) -> Ty:
    """Return a written type; ``variables`` says what its variables are, and what is no plain type is unknown."""
    match type_:
        case hs.TyVar(name):
            return variables(name)
        case hs.TyCon(name, args):
            result: Ty = Atom(base_name(name))
        case hs.TyApp(head, args):
            result = _read(head, variables)
        case _:
            return Meta()
    for arg in args:
        result = Ap(result, _read(arg, variables))
    return result


def _fresh() -> Callable[[str], Ty]:
    """Return what gives each variable of a signature its own unknown type."""
    made: dict[str, Ty] = {}
    return lambda name: made.setdefault(name, Meta())


def same_type(left: Ty | None, right: Ty | None) -> bool:
    """Whether two types are known and equal."""
    return left is not None and right is not None and not isinstance(left, Meta) and left == right
