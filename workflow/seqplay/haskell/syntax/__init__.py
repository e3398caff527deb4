"""The abstract syntax of a Haskell program: what is left when layout, comments and redundant parentheses are gone.

This face hands on all nodes: ``from seqplay.haskell import syntax as hs``. Apart are fixities (``fixity``), names and
their scopes (``scope``), and the way back to text (``printing``, ``type_text``).
"""

# fmt: off
# isort: off
from seqplay.haskell.syntax.declarations import (
    Alt as Alt, Body as Body, Branch as Branch, Clause as Clause, Constructor as Constructor, DataDecl as DataDecl,
    Decl as Decl, Fixity as Fixity, Fun as Fun, Gen as Gen, LetStmt as LetStmt, Opaque as Opaque,
    PatBind as PatBind, Program as Program, Rhs as Rhs, Signature as Signature, Stmt as Stmt, Test as Test,
)
from seqplay.haskell.syntax.expressions import (
    App as App, apply as apply, Case as Case, Comp as Comp, Con as Con, Do as Do, FieldBind as FieldBind,
    FieldPat as FieldPat, If as If, Infix as Infix, Lam as Lam, LamCase as LamCase, LeftSection as LeftSection,
    Let as Let, ListLit as ListLit, Lit as Lit, MultiIf as MultiIf, Neg as Neg, PAs as PAs, PBang as PBang,
    PCon as PCon, PLazy as PLazy, PList as PList, PLit as PLit, PRec as PRec, PTuple as PTuple, PTyped as PTyped,
    PVar as PVar, PView as PView, PWild as PWild, Range as Range, Record as Record, RightSection as RightSection,
    spine as spine, Tuple as Tuple, TupleSection as TupleSection, TypeApp as TypeApp, Typed as Typed,
    unconditional as unconditional, Var as Var,
)
from seqplay.haskell.syntax.nodes import (
    NO_SPAN as NO_SPAN, children as children, Constraint as Constraint, descendants as descendants, Expr as Expr,
    LitKind as LitKind, map_children as map_children, Node as Node, Pat as Pat, Span as Span, TyApp as TyApp,
    TyCon as TyCon, TyOther as TyOther, Type as Type, TyVar as TyVar,
)
