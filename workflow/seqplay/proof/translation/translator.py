"""What the parts of the translation need of each other: expressions know bindings, comprehensions and records."""

from __future__ import annotations

from typing import Protocol

from seqplay.haskell import syntax as hs
from seqplay.proof.language import core
from seqplay.proof.translation.scope import Context, Scope


class Translator(Protocol):
    """Translates expressions; its parts get it handed in, so that they need not import the whole."""

    context: Context

    def expr(self, expr: hs.Expr, scope: Scope) -> core.Expr:
        """Return an expression."""

    def call(self, expr: hs.Expr, args: tuple[core.Expr, ...], scope: Scope) -> core.Expr:
        """Return an expression applied to arguments that are translated already."""

    def function(self, pats: tuple[hs.Pat, ...], body: hs.Expr, scope: Scope) -> core.Expr:
        """Return a lambda as a top-level function, applied to what it captures."""

    def rhs(self, rhs: hs.Rhs, scope: Scope, args: tuple[core.Expr, ...] = ()) -> core.Rhs:
        """Return a right-hand side, its bodies applied to arguments."""
