"""When are two program texts the same program: equal after renaming, layout, comments, signatures and order.

``normal_form`` walks from the entry in order of first use, so that the order of declarations does not count and helpers
that are never reached are dropped. Every bound value name (function, parameter, local) becomes a number. **Kept as
written**: names of types, constructors, fields, classes and methods, literals (``0x10`` is not ``16``), the form of an
expression (an operator between its operands is not the same as in front of them, ``if`` is not a guard). **Dropped**:
type signatures of bindings, pragmas, deriving clauses, fixity declarations (already applied), the form of imports
(``M.insert`` is known by its module, whatever ``M`` is called). A text with a syntax error, or with nesting too deep to
walk, is compared token by token.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from enum import Enum
from functools import lru_cache

from seqplay.files import content_id
from seqplay.haskell import syntax as hs
from seqplay.haskell.analysis.imports import Resolver
from seqplay.haskell.analysis.source import Source, parse
from seqplay.haskell.parsing import cst
from seqplay.haskell.syntax.fixity import base_name
from seqplay.haskell.syntax.printing import signature_text
from seqplay.haskell.syntax.scope import declared_names, pattern_names


def same_program(p: str, q: str, p_entry: str, q_entry: str) -> bool:
    """Whether two texts are one program, each seen from its entry (see the module for what does not count)."""
    types = signed_types(p, p_entry) | signed_types(q, q_entry)
    return normal_form(p, p_entry, types) == normal_form(q, q_entry, types)


def normal_id(code: str, entry: str) -> str:
    """Return the content id of a program's normal form."""
    return content_id("normal", normal_form(code, entry))


def signed_types(code: str, entry: str) -> frozenset[str]:
    """Return the types that the entry's signature names: their instances may be used where no expression names them."""
    signatures = [d for d in parse(code).program.decls if isinstance(d, hs.Signature) and entry in d.names]
    return frozenset(
        node.name for signed in signatures for node in hs.descendants(signed) if isinstance(node, hs.TyCon)
    )


@lru_cache(maxsize=4096)
def normal_form(code: str, entry: str, types: frozenset[str] = frozenset()) -> str:
    """Return a text that is equal for two texts of one program; it is for comparison, not for people or compilers.

    ``types`` are named elsewhere (in the other program's signature) and count as named here.
    """
    source = parse(code)
    if not source.errors and entry in source.defined:
        try:
            return _Normaliser(source, types | signed_types(code, entry)).form(entry)
        except RecursionError:
            pass
    return "tokens " + " ".join(cst.tokens(cst.parse_tree(source.code)))


Env = Mapping[str, "Callable[[], str]"]
"""The bound names in scope, each with what gives its number."""


class _Group:
    """Declarations whose order does not count: each is written when it is first used, its names numbered then.

    The walk that uses a name cannot stop to write its definition, so the first use numbers all names of the declaration
    and queues it; ``drain`` writes what is queued, which may use and queue more. Hence each declaration is written at
    most once, and both the numbers and the order of the text follow the order of first use from the entry alone: two
    programs that differ in the order of declarations, in names or in unused helpers come to one text.
    """

    def __init__(self, owner: _Normaliser, decls: Iterable[hs.Decl]) -> None:
        self.owner = owner
        self.units: dict[str, list[hs.Decl]] = {}
        """The declarations that make a name; one that makes several stands under each."""
        self.strict: list[str] = []
        """Names under bang patterns: their definitions run whether anything uses them or not."""
        self.ids: dict[str, str] = {}
        """The numbers of the names that were used, and of those that are made beside them."""
        self.queue: list[hs.Decl] = []
        """Declarations that were used and are not written yet."""
        for decl in decls:
            names = declared_names([decl]) or _opaque_names(decl)
            for name in names:
                self.units.setdefault(name, []).append(decl)
            if isinstance(decl, hs.PatBind) and isinstance(decl.pat, hs.PBang):
                self.strict += names

    def env(self, outer: Env) -> dict[str, Callable[[], str]]:
        """Return the scope with the group's names in it: a name is called to be written, which is its use."""
        return {**outer, **{name: self._use(name) for name in self.units}}

    def _use(self, name: str) -> Callable[[], str]:
        def use() -> str:
            if name not in self.ids:
                for decl in self.units[name]:
                    for made in declared_names([decl]) or [name]:
                        if made not in self.ids:
                            self.ids[made] = self.owner.number()
                self.queue += self.units[name]
            return self.ids[name]

        return use

    def drain(self, env: Env) -> str:
        """Return the used definitions in order of first use, and bang patterns, which run unused."""
        for name in self.strict:
            env[name]()
        written: list[str] = []
        while self.queue:
            written.append(self.owner.walk(self.queue.pop(0), env))
        return "{" + ";".join(written) + "}" if written else ""


def _opaque_names(decl: hs.Decl) -> list[str]:
    """The name that an unreadable binding most likely makes."""
    if (
        isinstance(decl, hs.Opaque)
        and "=" in decl.tokens
        and (decl.tokens[0][:1].islower() or decl.tokens[0][:1] == "_")
    ):
        return [decl.tokens[0]]
    return []


class _Normaliser:
    """Writes one program."""

    def __init__(self, source: Source, types: frozenset[str]) -> None:
        self.source = source
        self.resolver = Resolver(source)
        self.count = 0
        """How many names have numbers; they are never given back, so that no two names of a program share one."""
        self.mentioned: set[str] = {base_name(name) for name in types}
        """Names of types, constructors, fields, classes and methods that were met: their declarations count."""
        self.decls = source.program.decls

    def number(self) -> str:
        """Return the next number for a bound name."""
        self.count += 1
        return f"v{self.count}"

    def form(self, entry: str) -> str:
        """Return the whole normal form."""
        top = _Group(
            self, [d for d in self.decls if not isinstance(d, hs.Body | hs.DataDecl | hs.Signature | hs.Fixity)]
        )
        env = top.env({})
        env[entry]()
        written = [top.drain(env)]
        rest = [d for d in self.decls if isinstance(d, hs.Body | hs.DataDecl | hs.Opaque) and not _opaque_names(d)]
        rest.sort(key=_head)
        # A type counts once something written mentions it, and being written mentions more.
        while True:
            ready = next((decl for decl in rest if self._reached(decl)), None)
            if ready is None:
                break
            rest.remove(ready)
            written += [self.walk(ready, env), top.drain(env)]
        return "\n".join(text for text in written if text)

    def _reached(self, decl: hs.Decl) -> bool:
        own = {
            d.name
            for d in self.decls
            if isinstance(d, hs.DataDecl | hs.Body) and getattr(d, "keyword", "") != "instance"
        }
        match decl:
            case hs.DataDecl(name, names, _, _, _):
                return not self.mentioned.isdisjoint({name, *names})
            case hs.Body("class", name, _, decls):
                methods = {n for d in decls if isinstance(d, hs.Signature) for n in d.names}
                return not self.mentioned.isdisjoint({name, *methods})
            case hs.Body(_, _, head, _):
                needed = own.intersection(head)
                return needed <= self.mentioned or not needed
            case _:
                return True

    # ------------------------------------------------------------ walking

    def walk(self, node: hs.Node, env: Env) -> str:
        """Return the text of a node; binders number their names in the order in which they are met."""
        match node:
            case hs.Var(name):
                return self._name(name, env)
            case hs.Con(name):
                return self._constructor(name)
            case hs.Lam(pats, body):
                inner = self._bind(pats, env)
                return f"(\\{self._items(pats, inner)}{self.walk(body, inner)})"
            case hs.Clause(pats, rhs):
                inner = self._bind(pats, env)
                return f"({self._items(pats, inner)}={self.walk(rhs, inner)})"
            case hs.Alt(pat, rhs):
                inner = self._bind([pat], env)
                return f"({self.walk(pat, inner)}>{self.walk(rhs, inner)})"
            case hs.Let(decls, body):
                return self._grouped(decls, env, lambda scope: f"(let {self.walk(body, scope)}", ")")
            case hs.Rhs(branches, wheres):
                return self._grouped(wheres, env, lambda scope: self._items(branches, scope), "")
            case hs.Branch(guards, body):
                return "(|" + self._sequence(guards, env, lambda scope: self.walk(body, scope)) + ")"
            case hs.Comp(body, quals):
                return "(comp " + self._sequence(quals, env, lambda scope: self.walk(body, scope)) + ")"
            case hs.Do(stmts):
                return "(do " + self._sequence(stmts, env, lambda scope: "") + ")"
            case _:
                return self._declaration(node, env)

    def _declaration(self, node: hs.Node, env: Env) -> str:
        match node:
            case hs.Fun(name, clauses):
                return f"({self._name(name, env)}:{self._items(clauses, env)})"
            case hs.PatBind(pat, rhs):
                return f"(bind {self.walk(pat, env)}{self.walk(rhs, env)})"
            case hs.Signature():
                return self._signature(node)
            case hs.DataDecl(name, names, tokens, _, _):
                self.mentioned |= {name, *names, *tokens}
                return " ".join(_renamed_variables(tokens, names))
            case hs.Body(_, name, head, decls):
                self.mentioned |= {name, *head}
                methods = [
                    self._method(decl, env) for decl in decls if isinstance(decl, hs.Fun | hs.PatBind | hs.Opaque)
                ]
                return " ".join(_renamed_variables(head, ())) + "{" + ";".join(sorted(methods)) + "}"
            case hs.Opaque(tokens):
                self.mentioned |= set(tokens)
                return "(? " + " ".join(self._name(token, env) if token in env else token for token in tokens) + ")"
            case _:
                return self._pattern(node, env)

    def _method(self, decl: hs.Decl, env: Env) -> str:
        if isinstance(decl, hs.Fun):
            self.mentioned.add(decl.name)
            return f"(method {decl.name}:{self._items(decl.clauses, env)})"
        return self.walk(decl, env)

    def _pattern(self, node: hs.Node, env: Env) -> str:
        match node:
            case hs.PVar(name):
                return env[name]() if name in env else name
            case hs.PAs(name, inner):
                return f"({env[name]() if name in env else name}@{self.walk(inner, env)})"
            case hs.PCon(name, args):
                return f"(p{self._constructor(name)} {self._items(args, env)})"
            case hs.FieldPat(name, pat):
                self.mentioned.add(name)
                return f"({name}={self.walk(pat or hs.PVar(name), env)})"
            case hs.FieldBind(name, value):
                self.mentioned.add(name)
                return f"({name}={self.walk(value or hs.Var(name), env)})"
            case hs.Record(head, binds, wildcard):
                return f"(rec {self.walk(head, env)}{sorted(self.walk(bind, env) for bind in binds)}{wildcard})"
            case hs.PRec(name, binds, wildcard):
                return f"(prec {self._constructor(name)}{self._items(binds, env)}{wildcard})"
            case _:
                return self._generic(node, env)

    def _generic(self, node: hs.Node, env: Env) -> str:
        if isinstance(node, hs.Type):
            return self._signature(hs.Signature((), (), node))
        written = [type(node).__name__]
        for each in fields(node):
            value = getattr(node, each.name)
            if each.name == "span":
                continue
            if isinstance(value, hs.Node):
                written.append(self.walk(value, env))
            elif isinstance(value, tuple):
                written.append(
                    "[" + ",".join(self.walk(v, env) if isinstance(v, hs.Node) else repr(v) for v in value) + "]"
                )
            else:
                written.append(value.value if isinstance(value, Enum) else repr(value))
        return "(" + " ".join(written) + ")"

    # ------------------------------------------------------------ scopes

    def _items(self, nodes: Iterable[hs.Node], env: Env) -> str:
        return "[" + " ".join(self.walk(node, env) for node in nodes) + "]"

    def _bind(self, pats: Iterable[hs.Pat], env: Env) -> Env:
        inner = dict(env)
        for pat in pats:
            for name in pattern_names(pat):
                inner[name] = self._fixed()
        return inner

    def _fixed(self) -> Callable[[], str]:
        number = self.number()
        return lambda: number

    def _grouped(self, decls: Iterable[hs.Decl], env: Env, write: Callable[[Env], str], end: str) -> str:
        group = _Group(self, decls)
        scope = group.env(env)
        return write(scope) + group.drain(scope) + end

    def _sequence(self, stmts: tuple[hs.Stmt, ...], env: Env, last: Callable[[Env], str]) -> str:
        if not stmts:
            return last(env)
        first, rest = stmts[0], stmts[1:]
        match first:
            case hs.Gen(pat, expr):
                value = self.walk(expr, env)
                inner = self._bind([pat], env)
                return f"({self.walk(pat, inner)}<-{value})" + self._sequence(rest, inner, last)
            case hs.LetStmt(decls):
                return self._grouped(decls, env, lambda scope: "(let " + self._sequence(rest, scope, last), ")")
            case _:
                return self._generic(first, env) + self._sequence(rest, env, last)

    # ------------------------------------------------------------ names

    def _name(self, name: str, env: Env) -> str:
        if name in env:
            return env[name]()
        self.mentioned.add(base_name(name))
        return self.resolver.value(name)

    def _constructor(self, name: str) -> str:
        self.mentioned.add(base_name(name))
        return self.resolver.qualified(name)

    def _signature(self, signature: hs.Signature) -> str:
        names: dict[str, str] = {}
        kind = self._type(signature.type, names)
        pairs = [(each.name, self._type(each.type, names)) for each in signature.constraints]
        context = sorted((name, signature_text(hs.Signature((), (), type_))) for name, type_ in pairs)
        return f"(:: {context} {signature_text(hs.Signature((), (), kind))})"

    def _type(self, kind: hs.Type, names: dict[str, str]) -> hs.Type:
        match kind:
            case hs.TyVar(name):
                return hs.TyVar(names.setdefault(name, f"t{len(names)}"))
            case hs.TyCon(name, args):
                self.mentioned.add(base_name(name))
                return hs.TyCon(self.resolver.qualified(name), tuple(self._type(arg, names) for arg in args))
            case hs.TyOther(tokens):
                self.mentioned |= set(tokens)
                return hs.TyOther(
                    tuple(names.setdefault(t, f"t{len(names)}") if t[:1].islower() else t for t in tokens)
                )
            case hs.TyApp(head, args):
                return hs.TyApp(self._type(head, names), tuple(self._type(arg, names) for arg in args))
            case _:
                raise TypeError(kind)


def _head(decl: hs.Decl) -> tuple[str, ...]:
    match decl:
        case hs.DataDecl(_, _, tokens, _, _) | hs.Opaque(tokens):
            return tokens
        case hs.Body(_, _, head, _):
            return head
        case _:
            return ()


def _renamed_variables(tokens: Iterable[str], kept: Iterable[str]) -> list[str]:
    """Number the type variables of a declaration's tokens; ``kept`` are its fields."""
    names: dict[str, str] = {}
    fixed = {*kept, "data", "newtype", "type", "class", "instance", "where", "forall"}
    return [
        names.setdefault(token, f"t{len(names)}") if token[:1].islower() and token not in fixed else token
        for token in tokens
    ]
