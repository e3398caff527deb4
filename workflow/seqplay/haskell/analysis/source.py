"""What a Haskell source text says by its syntax alone: header, pragmas, imports, signatures, bindings, types, literals.

``parse`` never raises on a program: mistakes are listed in ``Source.errors``. Types and everything that needs
inference are GHC's to say. ``choose_entry`` is the design's rule for the function that the game is about.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from seqplay.errors import InputError
from seqplay.haskell import syntax as hs
from seqplay.haskell.parsing import cst, literate
from seqplay.haskell.parsing.cst import TSNode
from seqplay.haskell.parsing.reading import read_program
from seqplay.haskell.syntax.scope import declared_names, free_names


class Pragma(NamedTuple):
    """``{-# KIND items #-}``: the kind in capitals, its comma- or space-separated items, its line."""

    kind: str
    items: tuple[str, ...]
    line: int


class Import(NamedTuple):
    """One import line; ``names`` is None without a list; ``name`` is what qualified uses are written with."""

    module: str
    qualified: bool
    alias: str | None
    hiding: bool
    names: tuple[str, ...] | None
    safe: bool
    package: str | None
    line: int

    @property
    def name(self) -> str:
        """The qualifier that the program writes."""
        return self.alias or self.module


class TopSignature(NamedTuple):
    """One name of a top-level signature with the text of the type."""

    name: str
    type: str
    line: int


class Binding(NamedTuple):
    """A top-level binding: the names it makes (several for a pattern), the value names it uses, itself not among
    them.
    """

    names: tuple[str, ...]
    uses: frozenset[str]
    arity: int
    line: int
    span: hs.Span


class TypeKind(StrEnum):
    """Declarations of types and classes."""

    DATA = "data"
    NEWTYPE = "newtype"
    SYNONYM = "type"
    CLASS = "class"
    INSTANCE = "instance"


class TypeDeclaration(NamedTuple):
    """A type, class or instance; ``members`` are constructors and fields, or methods."""

    kind: TypeKind
    name: str
    members: tuple[str, ...]
    line: int


class Literal(NamedTuple):
    """A constant in an expression or pattern, as written."""

    kind: str
    text: str
    line: int


class Comment(NamedTuple):
    """A comment with its delimiters."""

    text: str
    line: int


class Place(NamedTuple):
    """Where the syntax goes wrong: line and column from 1, and the first words of the text there."""

    line: int
    column: int
    text: str


@dataclass(frozen=True)
class Source:
    """A program by its syntax; ``code`` is plain (unlit, newlines and tabs normalised); spans are bytes of it."""

    code: str
    is_literate: bool
    module: str | None
    header: hs.Span | None
    exports: tuple[str, ...]
    """Functions that the export list names."""
    pragmas: tuple[Pragma, ...]
    imports: tuple[Import, ...]
    signatures: tuple[TopSignature, ...]
    bindings: tuple[Binding, ...]
    types: tuple[TypeDeclaration, ...]
    literals: tuple[Literal, ...]
    comments: tuple[Comment, ...]
    errors: tuple[Place, ...]
    program: hs.Program

    def binding(self, name: str) -> Binding | None:
        """Return the binding that makes a name."""
        return next((binding for binding in self.bindings if name in binding.names), None)

    @property
    def defined(self) -> tuple[str, ...]:
        """The names that top-level bindings make, in order."""
        return tuple(name for binding in self.bindings for name in binding.names)


def _exports(header: cst.TSNode) -> Iterator[str]:
    """Yield the functions that a header's export list names."""
    for export in (node for node in _walk(header) if node.type == "export"):
        for part in (child for field in ("variable", "operator") for child in cst.fielded(export, field)):
            yield cst.text(part).strip("()` ")


def normalise_text(code: str) -> str:
    """Return the text with Unix newlines, tabs as spaces (to every eighth column), and without a byte order mark.

    The report says what a tab means in layout; tree-sitter-haskell does not know it.
    """
    return code.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").expandtabs(8)


def parse(code: str) -> Source:
    """Return what the syntax of a program says."""
    text = normalise_text(code)
    bare = literate.plain(text)
    root = cst.parse_tree(bare)
    program = read_program(root)
    nodes = list(_walk(root))
    header = next((node for node in cst.parts(root) if node.type == "header"), None)
    name = header.child_by_field_name("module") if header else None
    return Source(
        code=bare,
        is_literate=literate.is_literate(text),
        module="".join(cst.tokens(name)) if name else None,
        header=cst.span(header) if header else None,
        exports=tuple(_exports(header)) if header else (),
        pragmas=tuple(_pragma(node) for node in nodes if node.type == "pragma"),
        imports=tuple(_import(node) for node in nodes if node.type == "import" and node.is_named),
        signatures=tuple(_signatures(bare, root)),
        bindings=tuple(_bindings(bare, program)),
        types=tuple(_types(bare, program)),
        literals=tuple(
            Literal(node.type, cst.text(node), _line(node))
            for node in nodes
            if node.type in {"integer", "float", "char", "string"}
        ),
        comments=tuple(Comment(cst.text(node), _line(node)) for node in nodes if node.type in {"comment", "haddock"}),
        errors=tuple(_errors(nodes)),
        program=program,
    )


def _walk(node: TSNode) -> Iterator[TSNode]:
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        stack += reversed(current.children)


def _line(node: TSNode) -> int:
    return node.start_point[0] + 1


def _line_at(code: str, offset: int) -> int:
    return code.encode("utf-8", "surrogatepass")[:offset].count(b"\n") + 1


def _pragma(node: TSNode) -> Pragma:
    inner = cst.text(node).removeprefix("{-#").removesuffix("#-}")
    words = inner.split(None, 1)
    rest = words[1] if len(words) > 1 else ""
    kind = words[0].upper() if words else ""
    items = rest.replace(",", " ").split() if kind == "LANGUAGE" else rest.split()
    return Pragma(kind, tuple(items), _line(node))


def _import(node: TSNode) -> Import:
    words = {child.type for child in node.children if not child.is_named}
    listed = node.child_by_field_name("names")
    alias = node.child_by_field_name("alias")
    package = next((child for child in node.children if child.type == "import_package"), None)
    names = tuple("".join(cst.tokens(child)) for child in cst.parts(listed)) if listed else None
    return Import(
        module="".join(cst.tokens(cst.part(node, "module"))) if node.child_by_field_name("module") else "",
        qualified="qualified" in words,
        alias="".join(cst.tokens(alias)) if alias else None,
        hiding="hiding" in words,
        names=names,
        safe="safe" in words,
        package=cst.text(package).strip('"') if package else None,
        line=_line(node),
    )


def _signatures(code: str, root: TSNode) -> Iterator[TopSignature]:
    for group in cst.parts(root):
        if group.type != "declarations":
            continue
        for node in cst.parts(group):
            kind = node.child_by_field_name("type")
            if node.type != "signature" or kind is None:
                continue
            names = node.child_by_field_name("names")
            for name in cst.fielded(names, "name") if names else cst.fielded(node, "name"):
                yield TopSignature(cst.name_of(name), " ".join(cst.text(kind).split()), _line(name))


def _bindings(code: str, program: hs.Program) -> Iterator[Binding]:
    for decl in program.decls:
        line = _line_at(code, decl.span[0])
        match decl:
            case hs.Fun(name, clauses):
                yield Binding((name,), free_names(decl) - {name}, len(clauses[0].pats), line, decl.span)
            case hs.PatBind():
                names = tuple(declared_names([decl]))
                yield Binding(names, free_names(decl) - frozenset(names), 0, line, decl.span)
            case hs.Opaque(tokens) if tokens and "=" in tokens and (tokens[0][:1].islower() or tokens[0][:1] == "_"):
                if tokens[0] not in {"type", "pattern", "data", "newtype", "foreign", "deriving", "default"}:
                    arity = tokens.index("=") - 1
                    yield Binding((tokens[0],), frozenset(tokens[1:]) - {tokens[0]}, arity, line, decl.span)
            case _:
                pass


def _types(code: str, program: hs.Program) -> Iterator[TypeDeclaration]:
    for decl in program.decls:
        line = _line_at(code, decl.span[0])
        match decl:
            case hs.DataDecl(name, names, tokens, _, _):
                yield TypeDeclaration(TypeKind(tokens[0]), name, names, line)
            case hs.Body(keyword, name, _, decls):
                methods = [n for d in decls if isinstance(d, hs.Signature) for n in d.names]
                made = methods if keyword == "class" else declared_names(decls)
                yield TypeDeclaration(TypeKind(keyword), name, tuple(dict.fromkeys(made)), line)
            case _:
                pass


def _errors(nodes: Iterable[TSNode]) -> Iterator[Place]:
    for node in nodes:
        if node.is_error or node.is_missing:
            words = " ".join(cst.text(node).split())[:60]
            yield Place(_line(node), node.start_point[1] + 1, words or f"missing {node.type}")


# ---------------------------------------------------------------- the entry


class EntryHow(StrEnum):
    """By which part of the design's rule the entry was taken."""

    WANTED = "wanted"
    SAME_AS_REFERENCE = "same_as_reference"
    EXPORTED = "exported"
    FIRST_SIGNATURE = "first_signature"
    UNCALLED = "uncalled"


class Entry(NamedTuple):
    """The function that the game is about, and how it was chosen."""

    name: str
    how: EntryHow


def choose_entry(source: Source, wanted: str | None = None, reference: str | None = None) -> Entry:
    """Return the entry of a program by the design's rule.

    ``wanted`` is ``--entry`` or the record's ``entry``; ``reference`` is P's entry where ``source`` is Q. ``main``
    is never an entry. Raises ``InputError`` where the wanted name is not defined, or where no rule gives one name.
    """
    defined = [name for name in source.defined if name != "main"]
    if wanted is not None:
        if wanted not in defined:
            known = ", ".join(defined) or "nothing"
            raise InputError(f"the entry {wanted!r} is not defined at the top level; defined: {known}")
        return Entry(wanted, EntryHow.WANTED)
    if reference is not None and reference in defined:
        return Entry(reference, EntryHow.SAME_AS_REFERENCE)
    exported = [name for name in source.exports if name != "main"]
    if len(exported) == 1 and exported[0] in defined:
        return Entry(exported[0], EntryHow.EXPORTED)
    for signature in source.signatures:
        if signature.name in defined:
            return Entry(signature.name, EntryHow.FIRST_SIGNATURE)
    called = frozenset(name for binding in source.bindings if binding.names != ("main",) for name in binding.uses)
    free = [name for name in defined if name not in called]
    if len(free) == 1:
        return Entry(free[0], EntryHow.UNCALLED)
    if not defined:
        raise InputError("the program defines no function at the top level; give it one")
    found = ", ".join(free or defined)
    count = len(free)
    raise InputError(f"no signature, and {count} bindings that nothing calls ({found}); name the entry with --entry")
