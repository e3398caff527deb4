"""How far one gets without reading two programs: a classifier that sees only what can be counted.

A set of labelled pairs is worth something where such a classifier, trained on the game's pairs, does no better on it
than a coin; otherwise a player may score by habits of whoever made the pairs. It is a logistic regression over the
lengths of both programs, what kind of edit leads from one to the other, which kinds of words it touches, and how many
names are new; of the words themselves it sees nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, NamedTuple, Self

import numpy as np

from seqplay.dataset.similarity.near_duplicates import program, similarity, tokens
from seqplay.suites.classification import metrics
from seqplay.suites.records import Labelled

KEYWORDS = frozenset({"if", "then", "else", "case", "of", "let", "in", "where", "do", "import", "qualified", "data"})
RIDGE = 1.0
"""Weight of the squared coefficients beside the log-likelihood of all pairs."""
STEPS = 50

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
    return np.array([*np.log1p(counts), *kinds, *differences, similarity(program(p), program(q))], dtype=np.float64)


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
    """A logistic regression over features in units of their standard deviation."""

    mean: Features
    scale: Features
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
            chance = _logistic(x @ weights)
            gradient = x.T @ (weighing * (chance - labels)) + penalty @ weights
            hessian = x.T @ (x * (weighing * chance * (1 - chance))[:, None]) + penalty
            weights = weights - np.linalg.solve(hessian, gradient)
        return cls(mean, scale, weights)

    def predict(self, p: str, q: str) -> bool:
        """Say whether two programs look equivalent."""
        scaled = (features(p, q) - self.mean) / self.scale
        return bool(scaled @ self.weights[:-1] + self.weights[-1] > 0)

    def balanced_accuracy(self, pairs: Sequence[TextPair]) -> float:
        """Return the mean of the shares that are told right of both classes; raises ``ValueError`` without a class."""
        found = metrics(Labelled(label=pair.label, predicted=self.predict(pair.p, pair.q)) for pair in pairs)
        if found.balanced_accuracy is None:
            raise ValueError("pairs of one label alone have no balanced accuracy")
        return found.balanced_accuracy


def _logistic(values: Features) -> Features:
    return 1 / (1 + np.exp(-np.clip(values, -30, 30)))
