"""Looks: how far one gets without reading two programs, and pairs that are made so that this is nowhere.

A set of labelled pairs is worth something where a classifier that sees only what can be counted does no better on it
than a coin; otherwise a player may score by habits of whoever made the pairs. It is a logistic regression over the
lengths of both programs, what kind of edit leads from one to the other, which kinds of words it touches, and how many
names are new; of the words themselves it sees nothing. By it ``mutate`` chooses pairs of both labels that look alike.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np

from seqplay.dataset.similarity.shingles import program, similarity, tokens

KEYWORDS = frozenset({"if", "then", "else", "case", "of", "let", "in", "where", "do", "import", "qualified", "data"})
RIDGE = 1.0
"""Weight of the squared coefficients beside the log-likelihood of all pairs."""
STEPS = 50
AT_LEAST = (1, 2, 3, 4, 6, 9, 14)
"""A count above each of these is a feature: a logistic regression over the counts alone finds half of what there is."""
LONGER = (-12, -6, -3, -1, 0, 1, 2, 4, 7, 12, 30)
SHIPPED = Path(__file__).with_name("looks.json")
"""Weights for each number of edits, written by ``python benchmarks/shipped_suites.py fit``."""

Features = np.ndarray[Any, np.dtype[np.float64]]


class TextPair(NamedTuple):
    """Two programs, and whether they are equivalent."""

    p: str
    q: str
    label: bool


def features(p: str, q: str) -> Features:
    """Return what can be counted of two programs, the same for both orders but for the signs of differences."""
    a, b = tokens(p), tokens(q)
    edits = [edit for edit in SequenceMatcher(None, a, b, autojunk=False).get_opcodes() if edit[0] != "equal"]
    removed = [word for _, i, j, _, _ in edits for word in a[i:j]]
    added = [word for _, _, _, i, j in edits for word in b[i:j]]
    changed = [*removed, *added]
    names_p, names_q = _names(a), _names(b)
    counts = [
        len(a) + len(b),
        len(p) + len(q),
        len(edits),
        len(removed),
        len(added),
        len(names_q - names_p),
        len(names_p - names_q),
        abs(len(a) - len(b)),
        abs(p.count("\n") - q.count("\n")),
        *(sum(map(kind, changed)) for kind in (str.isdigit, _is_keyword, _is_name, _is_mark)),
    ]
    kinds = [
        {edit[0] for edit in edits} == {"insert"},
        {edit[0] for edit in edits} == {"delete"},
        len(removed) == len(added) == 1,
        len(edits) == 1,
        sorted(removed) == sorted(added),
        bool(changed) and all(map(str.isdigit, changed)),
        bool(changed) and all(map(_is_mark, changed)),
        bool(changed) and all(map(_is_name, changed)),
    ]
    differences = [len(b) - len(a), len(q) - len(p), len(names_q) - len(names_p)]
    steps = [count >= least for count in counts[2:] for least in AT_LEAST]
    longer = [difference >= least for difference in differences for least in LONGER]
    alike = similarity(program(p), program(q))
    return np.array([*np.log1p(counts), *kinds, *differences, alike, *steps, *longer], dtype=np.float64)


def _is_keyword(word: str) -> bool:
    return word in KEYWORDS


def _is_name(word: str) -> bool:
    return (word[0].isalpha() or word[0] == "_") and word not in KEYWORDS


def _is_mark(word: str) -> bool:
    return not word[0].isalnum() and word[0] != "_"


def _names(words: Sequence[str]) -> frozenset[str]:
    return frozenset(word for word in words if _is_name(word))


@dataclass(frozen=True)
class SurfaceClassifier:
    """A logistic regression over features."""

    weights: Features
    """The last is the constant."""

    @classmethod
    def fit(cls, pairs: Sequence[TextPair]) -> Self:
        """Learn from labelled pairs, each class weighing as much as the other; by Newton's method, without chance."""
        found = np.array([features(pair.p, pair.q) for pair in pairs])
        labels = np.array([pair.label for pair in pairs], dtype=np.float64)
        mean, scale = found.mean(axis=0), found.std(axis=0)
        scale[scale == 0] = 1
        x = np.column_stack([(found - mean) / scale, np.ones(len(found))])
        share = np.where(labels == 1, labels.mean(), 1 - labels.mean())
        weighing, penalty = 0.5 / share, RIDGE * np.eye(x.shape[1])
        penalty[-1, -1] = 0
        weights = np.zeros(x.shape[1])
        for _ in range(STEPS):
            chance = 1 / (1 + np.exp(-np.clip(x @ weights, -30, 30)))
            gradient = x.T @ (weighing * (chance - labels)) + penalty @ weights
            hessian = x.T @ (x * (weighing * chance * (1 - chance))[:, None]) + penalty
            weights = weights - np.linalg.solve(hessian, gradient)
        plain = weights[:-1] / scale
        return cls(np.append(plain, weights[-1] - plain @ mean))

    def log_odds(self, p: str, q: str) -> float:
        """Return the logarithm of the odds that two programs are equivalent, by their looks."""
        return float(features(p, q) @ self.weights[:-1] + self.weights[-1])

    def balanced_accuracy(self, pairs: Sequence[TextPair]) -> float:
        """Return the mean of the shares that are told right of both classes; raises ``ValueError`` without a class."""
        told = {label: [] for label in (True, False)}  # type: dict[bool, list[bool]]
        for pair in pairs:
            told[pair.label].append((self.log_odds(pair.p, pair.q) > 0) is pair.label)
        if not all(told.values()):
            raise ValueError("pairs of one label alone have no balanced accuracy")
        return sum(sum(found) / len(found) for found in told.values()) / len(told)


def write_shipped(classifiers: Mapping[int, SurfaceClassifier]) -> None:
    """Write the shipped classifiers, by the number of edits."""
    rounded = {edits: [round(float(weight), 4) for weight in one.weights] for edits, one in classifiers.items()}
    lines = ",\n".join(f"{json.dumps(str(edits))}: {json.dumps(weights)}" for edits, weights in rounded.items())
    SHIPPED.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")


@cache
def shipped() -> Mapping[int, SurfaceClassifier]:
    """Return the shipped classifiers, by the number of edits."""
    read = json.loads(SHIPPED.read_text(encoding="utf-8"))
    return {int(edits): SurfaceClassifier(np.array(weights)) for edits, weights in read.items()}


def log_odds(p: str, q: str, edits: int) -> float:
    """Return the logarithm of the odds that programs so many edits apart are equivalent, by their looks.

    By the shipped classifiers: those of rewrites by ``mutate``.
    """
    classifiers = shipped()
    return classifiers[min(edits, max(classifiers))].log_odds(p, q)
