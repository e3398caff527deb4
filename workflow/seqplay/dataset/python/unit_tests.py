"""Unit tests of a Python solution as calls: ``assert f([1, 2]) == 3`` is a call of ``f`` with a list.

Only the syntax is read; nothing is run. A test whose arguments are no literals is none of ours.
"""

from __future__ import annotations

import ast
import warnings
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple


class Call(NamedTuple):
    """A call with literal arguments."""

    function: str
    arguments: tuple[Any, ...]


def calls(tests: Sequence[str], code: str) -> list[Call]:
    """Return the calls that the unit tests make of the solution's function: the one that they name most often.

    Without tests, none. ``code`` says which names the solution defines, and in which order its parameters stand.
    """
    parameters = defined(code)
    found = [call for test in tests if (call := _call(test, parameters)) is not None]
    if not found:
        return []
    name = Counter(call.function for call in found).most_common(1)[0][0]
    distinct: dict[str, Call] = {}
    for call in found:
        if call.function == name:
            distinct.setdefault(repr(call.arguments), call)
    return list(distinct.values())


def function_name(tests: Sequence[str], code: str) -> str:
    """Return the name of the solution's function: what the tests call, or else the last one that it defines."""
    found = calls(tests, code)
    names = list(defined(code))
    return found[0].function if found else names[-1] if names else ""


def defined(code: str) -> dict[str, tuple[str, ...]]:
    """Return the functions that a solution defines, with their parameters; none where it does not parse."""
    return {
        node.name: tuple(argument.arg for argument in (*node.args.posonlyargs, *node.args.args))
        for node in _statements(code)
        if isinstance(node, ast.FunctionDef)
    }


def _statements(code: str) -> list[ast.stmt]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(code).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def _call(test: str, parameters: dict[str, tuple[str, ...]]) -> Call | None:
    """Return the first call of a function of the solution in a test."""
    for statement in _statements(test.strip()):
        for node in ast.walk(statement):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in parameters:
                return _literal_call(node, node.func.id, parameters[node.func.id])
    return None


def _literal_call(node: ast.Call, name: str, parameters: tuple[str, ...]) -> Call | None:
    try:
        given = [ast.literal_eval(argument) for argument in node.args]
        named = {keyword.arg: ast.literal_eval(keyword.value) for keyword in node.keywords}
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return None
    for parameter in parameters[len(given) :]:
        if parameter not in named:
            break
        given.append(named.pop(parameter))
    return None if named else Call(name, tuple(given))
