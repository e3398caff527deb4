"""Answers in Python put to their tests: HumanEval and MBPP in Python's own columns.

The answer runs in one process, the test in another that sees only what calls give, as plain data: an answer cannot
reach the test, its own ``__eq__`` does not travel, and what it prints or how it ends says nothing. So a test cannot see
that an argument was changed in place, and can pass or get no functions.
"""

from __future__ import annotations

import ast
import builtins
import time
import warnings
from collections import Counter

from seqplay.dataset.python.jail import PythonPool
from seqplay.dataset.python.unit_tests import defined
from seqplay.errors import WorkerLost
from seqplay.haskell import Reason
from seqplay.suites.records import Odd, Score, TestItem


def score_python(pool: PythonPool, item: TestItem, code: str) -> Score:
    """Put an answer to an item's test."""
    started = time.monotonic()
    reason, message = _tried(pool, item, code.replace("\r\n", "\n"))
    return Score(
        task_id=item.task_id,
        passed=reason == Reason.PASSED,
        reason=reason,
        message=message,
        seconds=round(time.monotonic() - started, 4),
    )


def _tried(pool: PythonPool, item: TestItem, code: str) -> tuple[str, str]:
    test = parsed(item.test)
    entry = item.entry or (called(test) if test else None) or next(iter(reversed(defined(item.prompt))), None)
    if test is None or entry is None:
        return Odd.BAD_ITEM, "the item's test is no Python, or calls no function"
    whole = completed(item.prompt, code, entry)
    if whole is None:
        reason = Reason.PARSE_ERROR if parsed(code) is None else Reason.NO_ENTRY
        return reason, f"the answer does not define {entry}, alone or behind the prompt"
    try:
        ended = pool.attempt(item.prompt, whole, entry, item.test, call_check=leaves_check_uncalled(test))
    except WorkerLost as error:
        return Reason.WORKER_LOST, str(error)
    return ended, {"failed": "the test raises", "timeout": "the test ran into the timeout limit"}.get(ended, "")


def parsed(code: str) -> ast.Module | None:
    """Return the syntax of a program; none where it has none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def completed(prompt: str, code: str, entry: str) -> str | None:
    """Return an answer as a program: as it stands if it defines the entry, else behind the prompt; none if neither."""
    indented = "\n".join(f"    {line}" for line in code.split("\n"))
    for whole in (code, prompt + code, f"{prompt}\n{indented}"):
        if entry in defined(whole) and (whole is code or not _only_docstring(whole, entry)):
            return whole
    return None


def _only_docstring(code: str, entry: str) -> bool:
    """Say whether the entry has no body but the prompt's docstring: what stands behind it is not in it."""
    tree = parsed(code)
    for node in reversed(tree.body if tree else []):
        if isinstance(node, ast.FunctionDef) and node.name == entry:
            return len(node.body) == 1 and ast.get_docstring(node) is not None
    return True


def called(test: ast.Module) -> str | None:
    """Return the function that a test's assertions call most often, as MBPP's tests name the entry."""
    names = Counter(
        node.func.id
        for statement in test.body
        if isinstance(statement, ast.Assert)
        for node in ast.walk(statement)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    )
    likely = Counter({name: count for name, count in names.items() if not hasattr(builtins, name)}) or names
    checked = [
        argument.id
        for statement in test.body
        if isinstance(statement, ast.Expr) and _calls_check(statement)
        for argument in (statement.value.args if isinstance(statement.value, ast.Call) else [])
        if isinstance(argument, ast.Name)
    ]
    return checked[0] if checked else likely.most_common(1)[0][0] if likely else None


def leaves_check_uncalled(test: ast.Module) -> bool:
    """Say whether a test defines ``check`` and does not call it, as in OpenAI's HumanEval."""
    defines = any(isinstance(statement, ast.FunctionDef) and statement.name == "check" for statement in test.body)
    return defines and not any(_calls_check(statement) for statement in test.body)


def _calls_check(statement: ast.stmt) -> bool:
    if not isinstance(statement, ast.Expr) or not isinstance(statement.value, ast.Call):
        return False
    function = statement.value.func
    return isinstance(function, ast.Name) and function.id == "check"
