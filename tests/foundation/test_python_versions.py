"""The package runs on every Python from 3.11 on: what a newer one reads otherwise is found without having it here."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "workflow/seqplay"
COMPREHENSIONS = ast.ListComp | ast.SetComp | ast.DictComp
FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef


def own_nodes(function: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a function's own scope and of its comprehensions, not of functions within it."""
    for child in ast.iter_child_nodes(function):
        if isinstance(child, FUNCTIONS | ast.Lambda | ast.ClassDef):
            continue
        yield child
        yield from own_nodes(child)


def hidden_names(source: str) -> list[str]:
    """Return where a comprehension's variable has the name of a module-level function that is called around it.

    From Python 3.12 on comprehensions are inlined into their function (PEP 709). Some of its versions took such a name
    for a local variable of the whole function, and the call ended in an UnboundLocalError.
    """
    tree = ast.parse(source)
    functions = {node.name for node in tree.body if isinstance(node, FUNCTIONS)}
    found = []
    for function in (node for node in ast.walk(tree) if isinstance(node, FUNCTIONS)):
        nodes = list(own_nodes(function))
        called = {node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
        bound = {
            name.id
            for node in nodes
            if isinstance(node, COMPREHENSIONS)
            for generator in node.generators
            for name in ast.walk(generator.target)
            if isinstance(name, ast.Name)
        }
        found += [f"{function.name}: {name}" for name in sorted(bound & called & functions)]
    return found


def test_the_check_finds_the_case_that_ended_a_report() -> None:
    source = (
        "def loss(x): return x\ndef figure(xs):\n    rows = [loss for loss in xs]\n    return [loss(r) for r in rows]\n"
    )
    assert hidden_names(source) == ["figure: loss"]


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_no_comprehension_hides_a_function_that_is_called_beside_it(path: Path) -> None:
    assert hidden_names(path.read_text(encoding="utf-8")) == []
