"""The audit of P and Q, as far as a proof speaks of them.

Their comments, annotations of Liquid Haskell among them, are not part of the theorem: its modules are composed from
the syntax tree. What no proof may rest on is refused: declarations outside the language that the theorem is about,
pragmas that reach the compiler, and instances of one's own, whose operations are not those of the logic.
"""

from __future__ import annotations

from collections.abc import Iterator

from seqplay.haskell import syntax as hs
from seqplay.haskell.analysis.source import Source, parse
from seqplay.proof.audit.refusal import Refusal

_PRAGMAS = frozenset({"INLINE", "NOINLINE", "INLINABLE", "INLINEABLE", "UNPACK", "MINIMAL", "COMPLETE"})
_EXTENSIONS = frozenset(
    {
        *("Haskell2010", "GHC2021", "Safe", "BangPatterns", "LambdaCase", "MultiWayIf", "TupleSections"),
        *("ScopedTypeVariables", "ExplicitForAll", "RankNTypes", "PatternGuards", "EmptyCase", "EmptyDataDecls"),
        *("KindSignatures", "NamedFieldPuns", "RecordWildCards", "NumericUnderscores", "BinaryLiterals", "GADTSyntax"),
        *("DeriveFunctor", "DeriveFoldable", "DeriveTraversable", "DeriveGeneric", "StandaloneDeriving"),
        *("FlexibleContexts", "FlexibleInstances", "InstanceSigs", "TypeApplications", "ParallelListComp"),
        *("PostfixOperators", "BlockArguments", "MonoLocalBinds", "ConstraintKinds"),
    }
)
"""Extensions of syntax and types that change no meaning of what the theorem's composition reads."""


def audit_program(text: str) -> list[Refusal]:
    """Return what in P or Q no proof may rest on, by line; empty: a theorem about it may be written."""
    source = parse(text)
    return sorted(dict.fromkeys(_refusals(source)), key=lambda refusal: refusal.line)


def _refusals(source: Source) -> Iterator[Refusal]:
    for place in source.errors:
        yield Refusal(place.text, place.line, "it does not parse")
    for pragma in source.pragmas:
        if pragma.kind == "LANGUAGE":
            for name in pragma.items:
                if name not in _EXTENSIONS:
                    yield Refusal(f"LANGUAGE {name}", pragma.line, "pragma: the extension is not in the allow-list")
        elif pragma.kind not in _PRAGMAS:
            yield Refusal(pragma.kind, pragma.line, "pragma: it reaches the compiler")
    for decl in source.program.decls:
        line = source.code.encode("utf-8", "surrogatepass")[: max(decl.span[0], 0)].count(b"\n") + 1
        match decl:
            case hs.Body(keyword, name, _, _):
                yield Refusal(f"{keyword} {name}", line, "the logic's operations are not those of one's own instances")
            case hs.Opaque(tokens):
                yield Refusal(" ".join(tokens[:3]), line, "this declaration is outside the language of the theorem")
            case _:
                pass
