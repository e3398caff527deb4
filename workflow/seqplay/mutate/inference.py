"""What type a subexpression has, as far as the syntax tree and the signatures tell: enough to know where a law holds.

A small Hindley-Milner inference without classes (a literal may be any type, an overloaded operator relates its
operands). It is no type checker: a declaration that does not unify, or uses what is unknown here, gives its nodes no
types, and rules that need a type do not apply there. GHC has the last word on every rewritten program.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from seqplay.haskell.analysis.imports import Resolver
from seqplay.haskell.analysis.source import Source, parse
from seqplay.haskell.syntax import (
    Alt,
    App,
    Body,
    Branch,
    Case,
    Clause,
    Comp,
    Con,
    DataDecl,
    Decl,
    Do,
    Expr,
    FieldPat,
    Fun,
    Gen,
    If,
    Infix,
    Lam,
    LamCase,
    LeftSection,
    Let,
    LetStmt,
    ListLit,
    Lit,
    LitKind,
    MultiIf,
    Neg,
    Node,
    PAs,
    Pat,
    PatBind,
    PBang,
    PCon,
    PLazy,
    PList,
    PLit,
    PRec,
    PTuple,
    PTyped,
    PVar,
    Range,
    Record,
    Rhs,
    RightSection,
    Signature,
    Stmt,
    Test,
    Tuple,
    TyApp,
    TyCon,
    Type,
    TypeApp,
    Typed,
    TyVar,
    Var,
)
from seqplay.haskell.syntax.fixity import base_name
from seqplay.mutate.prelude import SIGNATURES
from seqplay.mutate.unification import (
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
    function,
    instantiate,
    list_of,
    resolved,
    unify,
)

Env = Mapping[str, "Type | Ty"]


@cache
def _prelude() -> dict[str, Type]:
    table: dict[str, Type] = {}
    for decl in parse(SIGNATURES).program.decls:
        if isinstance(decl, Signature):
            table.update(dict.fromkeys(decl.names, decl.type))
    a, b = TyVar("a"), TyVar("b")
    maybe, either = TyCon("Maybe", (a,)), TyCon("Either", (a, b))
    table |= {"Just": TyCon("->", (a, maybe)), "Nothing": maybe}
    table |= {"Left": TyCon("->", (a, either)), "Right": TyCon("->", (b, either))}
    table |= {name: TyCon("Bool") for name in ("True", "False")}
    table |= {name: TyCon("Ordering") for name in ("LT", "EQ", "GT")}
    table |= {"[]": TyCon("[]", (a,)), "()": TyCon("()")}
    table[":"] = TyCon("->", (a, TyCon("->", (TyCon("[]", (a,)), TyCon("[]", (a,))))))
    return table


class Types:
    """The types of a program's nodes, by identity of the node; ask with ``of``."""

    def __init__(self, source: Source) -> None:
        self._found: dict[int, Ty] = {}
        self._current: dict[int, Ty] = {}
        self._resolver = Resolver(source)
        self._keep: list[Node] = [source.program]
        self._synonyms = {d.name for d in source.program.decls if isinstance(d, DataDecl) and d.tokens[:1] == ("type",)}
        decls = source.program.decls
        env: dict[str, Type | Ty] = dict(_prelude())
        env |= _constructors(decls)
        env |= _signatures(decls)
        for decl in decls:
            if isinstance(decl, Body) and decl.keyword == "class":
                env |= _signatures(decl.decls)
        for name in (d.name for d in decls if isinstance(d, Fun)):
            if name not in _signatures(decls):
                env[name] = Meta()
        for _ in range(2):  # the second time, helpers without a signature are known from their uses
            for decl in decls:
                if isinstance(decl, Fun):
                    self._top(decl, env)

    def _top(self, decl: Fun, env: Env) -> None:
        self._current = {}
        try:
            self._declaration(decl, env)
        except (Mismatch, RecursionError):
            return
        self._found.update(self._current)

    def of(self, node: Node) -> Ty | None:
        """Return the type of an expression or pattern of the program, or None."""
        type_ = self._found.get(id(node))
        return None if type_ is None else resolved(type_)

    def known(self, node: Node, *types: Ty) -> bool:
        """Whether a node's type is known to be one of these."""
        return self.of(node) in types

    def is_int(self, node: Node) -> bool:
        """Whether a node is known to be an ``Int`` or an ``Integer``, where the ring laws hold exactly."""
        return self.known(node, INT, INTEGER)

    # ------------------------------------------------------------ declarations

    def _declaration(self, decl: Decl, env: Env) -> None:
        match decl:
            case Fun(name, clauses):
                known = env.get(name)
                result = self._signature(known) if isinstance(known, Type) else self._use(name, env)
                for clause in clauses:
                    self._clause(clause, result, env)
            case PatBind(pat, rhs):
                names: dict[str, Type | Ty] = dict(env)
                type_ = self._pattern(pat, names, shared=env)
                self._rhs(rhs, type_, env)
            case _:
                pass

    def _signature(self, type_: Type) -> Ty:
        if self._synonyms and self._mentions_synonym(type_):
            return Meta()
        return instantiate(type_, Rigid())

    def _mentions_synonym(self, type_: Type) -> bool:
        if isinstance(type_, TyCon):
            return type_.name in self._synonyms or any(self._mentions_synonym(arg) for arg in type_.args)
        return isinstance(type_, TyApp)

    def _clause(self, clause: Clause, type_: Ty, env: Env) -> None:
        inner = dict(env)
        for pat in clause.pats:
            arg, result = Meta(), Meta()
            unify(type_, function(arg, result))
            unify(self._pattern(pat, inner), arg)
            type_ = result
        self._rhs(clause.rhs, type_, inner)

    def _local(self, decls: Iterable[Decl], env: Env) -> dict[str, Type | Ty]:
        decls = tuple(decls)
        inner: dict[str, Type | Ty] = dict(env)
        signed = _signatures(decls)
        for decl in decls:
            if isinstance(decl, Fun):
                inner[decl.name] = signed.get(decl.name) or Meta()
            elif isinstance(decl, PatBind):
                self._pattern(decl.pat, inner)
        for decl in decls:
            self._declaration(decl, inner)
        return inner

    def _rhs(self, rhs: Rhs, type_: Ty, env: Env) -> None:
        inner = self._local(rhs.wheres, env) if rhs.wheres else env
        for branch in rhs.branches:
            self._branch(branch, type_, inner)

    def _branch(self, branch: Branch, type_: Ty, env: Env) -> None:
        inner = dict(env)
        for guard in branch.guards:
            self._guard(guard, inner)
        unify(self.infer(branch.body, inner), type_)

    def _guard(self, stmt: Stmt, env: dict[str, Type | Ty]) -> None:
        match stmt:
            case Test(expr):
                unify(self.infer(expr, env), BOOL)
            case Gen(pat, expr):
                value = self.infer(expr, env)
                unify(self._pattern(pat, env), value)
            case LetStmt(decls):
                env.update(self._local(decls, env))
            case _:
                raise Mismatch

    # ------------------------------------------------------------ expressions

    def infer(self, expr: Expr, env: Env) -> Ty:
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
        if isinstance(found, Type):
            return Meta() if self._synonyms and self._mentions_synonym(found) else instantiate(found, {})
        return found

    def _expression(self, expr: Expr, env: Env) -> Ty:
        match expr:
            case Var(name) | Con(name):
                return self._constant(name, env)
            case Lit(kind, _):
                return CHAR if kind is LitKind.CHAR else list_of(CHAR) if kind is LitKind.STRING else Meta()
            case App(head, argument):
                return self._applied(self.infer(head, env), [self.infer(argument, env)])
            case Infix(op, left, right):
                return self._applied(self.infer(op, env), [self.infer(left, env), self.infer(right, env)])
            case LeftSection(op, operand):
                return self._applied(self.infer(op, env), [self.infer(operand, env)])
            case RightSection(op, operand):
                first = Meta()
                return function(first, self._applied(self.infer(op, env), [first, self.infer(operand, env)]))
            case Neg(operand):
                return self.infer(operand, env)
            case Lam(pats, body):
                inner = dict(env)
                args = [self._pattern(pat, inner) for pat in pats]
                type_ = self.infer(body, inner)
                for arg in reversed(args):
                    type_ = function(arg, type_)
                return type_
            case Let(decls, body):
                return self.infer(body, self._local(decls, env))
            case _:
                return self._structured(expr, env)

    def _constant(self, name: str, env: Env) -> Ty:
        if name.startswith("(,") and set(name[1:-1]) == {","}:
            items: list[Ty] = [Meta() for _ in range(len(name) - 1)]
            type_: Ty = _tuple(items)
            for item in reversed(items):
                type_ = function(item, type_)
            return type_
        return self._use(name, env)

    def _applied(self, head: Ty, args: list[Ty]) -> Ty:
        for arg in args:
            result = Meta()
            unify(head, function(arg, result))
            head = result
        return head

    def _structured(self, expr: Expr, env: Env) -> Ty:
        match expr:
            case If(condition, then, other):
                unify(self.infer(condition, env), BOOL)
                type_ = self.infer(then, env)
                unify(type_, self.infer(other, env))
                return type_
            case MultiIf(branches):
                type_ = Meta()
                for branch in branches:
                    self._branch(branch, type_, env)
                return type_
            case Case(scrutinee, alts):
                return self._alternatives(alts, self.infer(scrutinee, env), env)
            case LamCase(alts):
                arg = Meta()
                return function(arg, self._alternatives(alts, arg, env))
            case Tuple(items):
                return _tuple([self.infer(item, env) for item in items])
            case ListLit(items):
                return list_of(self._same([self.infer(item, env) for item in items]))
            case Range(first, step, last):
                ends = [self.infer(end, env) for end in (first, step, last) if end is not None]
                return list_of(self._same(ends))
            case Comp(body, quals):
                inner = dict(env)
                for qual in quals:
                    self._qualifier(qual, inner)
                return list_of(self.infer(body, inner))
            case Typed(inner_expr, signature):
                type_ = self._signature(signature.type)
                unify(self.infer(inner_expr, env), type_)
                return type_
            case TypeApp(head, _):
                return self.infer(head, env)
            case Record(head, binds, _):
                return self._record(head, [bind.value for bind in binds if bind.value is not None], env)
            case Do(_):
                return Meta()
            case _:
                return Meta()

    def _record(self, head: Expr, values: list[Expr], env: Env) -> Ty:
        for value in values:
            self.infer(value, env)
        type_ = resolved(self.infer(head, env))
        while (
            isinstance(head, Con) and isinstance(type_, Ap) and isinstance(type_.head, Ap) and type_.head.head == ARROW
        ):
            type_ = type_.arg
        return type_

    def _qualifier(self, stmt: Stmt, env: dict[str, Type | Ty]) -> None:
        if isinstance(stmt, Gen):
            source = self.infer(stmt.expr, env)
            unify(list_of(self._pattern(stmt.pat, env)), source)
        else:
            self._guard(stmt, env)

    def _same(self, types: list[Ty]) -> Ty:
        for other in types[1:]:
            unify(types[0], other)
        return types[0]

    def _alternatives(self, alts: Iterable[Alt], arg: Ty, env: Env) -> Ty:
        result = Meta()
        for alt in alts:
            inner = dict(env)
            unify(self._pattern(alt.pat, inner), arg)
            self._rhs(alt.rhs, result, inner)
        return result

    # ------------------------------------------------------------ patterns

    def _pattern(self, pat: Pat, env: dict[str, Type | Ty], shared: Env | None = None) -> Ty:
        """Return a pattern's type and put its names into ``env``; with ``shared``, names already there are the same."""
        type_ = self._shape(pat, env, shared)
        self._current[id(pat)] = type_
        return type_

    def _named(self, name: str, type_: Ty, env: dict[str, Type | Ty], shared: Env | None) -> Ty:
        other = shared.get(name) if shared is not None else None
        if other is not None and not isinstance(other, Type):
            unify(other, type_)
        env[name] = type_
        return type_

    def _shape(self, pat: Pat, env: dict[str, Type | Ty], shared: Env | None) -> Ty:
        match pat:
            case PVar(name):
                return self._named(name, Meta(), env, shared)
            case PAs(name, inner):
                return self._named(name, self._pattern(inner, env, shared), env, shared)
            case PLazy(inner) | PBang(inner):
                return self._pattern(inner, env, shared)
            case PLit(kind, _, _):
                return CHAR if kind is LitKind.CHAR else list_of(CHAR) if kind is LitKind.STRING else Meta()
            case PTuple(items):
                return _tuple([self._pattern(item, env, shared) for item in items])
            case PList(items):
                return list_of(self._same([self._pattern(item, env, shared) for item in items]))
            case PCon(name, args):
                made = self._constant(name, env)
                return self._applied(made, [self._pattern(arg, env, shared) for arg in args])
            case PTyped(inner, signature):
                type_ = self._signature(signature.type)
                unify(self._pattern(inner, env, shared), type_)
                return type_
            case PRec(name, binds, wildcard):
                return self._record_pattern(name, binds, wildcard, env)
            case _:
                return Meta()

    def _record_pattern(self, name: str, binds: Iterable[FieldPat], wildcard: bool, env: dict[str, Type | Ty]) -> Ty:
        if wildcard:
            raise Mismatch
        for bind in binds:
            if bind.pat is None:
                env[bind.name] = Meta()
            else:
                self._pattern(bind.pat, env)
        type_ = resolved(self._use(name, env))
        while isinstance(type_, Ap) and isinstance(type_.head, Ap) and type_.head.head == ARROW:
            type_ = type_.arg
        return type_


def _tuple(items: list[Ty]) -> Ty:
    type_: Ty = Atom("(" + "," * (len(items) - 1) + ")")
    for item in items:
        type_ = Ap(type_, item)
    return type_


def _signatures(decls: Iterable[Decl]) -> dict[str, Type]:
    return {name: decl.type for decl in decls if isinstance(decl, Signature) for name in decl.names}


def _constructors(decls: Iterable[Decl]) -> dict[str, Type]:
    table: dict[str, Type] = {}
    for decl in decls:
        if not isinstance(decl, DataDecl):
            continue
        made = TyCon(decl.name, tuple(TyVar(name) for name in decl.params))
        for constructor in decl.constructors:
            type_: Type = made
            for field in reversed(constructor.fields):
                type_ = TyCon("->", (field, type_))
            table[constructor.name] = type_
            for label, field in zip(constructor.labels, constructor.fields, strict=False):
                table[label] = TyCon("->", (made, field))
    return table
