"""Near-duplicates: texts whose sets of neighbouring words overlap, found by MinHash and confirmed exactly.

MinHash with banding proposes pairs at a lower similarity than asked, so that hardly a pair is missed; the Jaccard
similarity of the sets themselves decides. Independent of the order in which a set of keys is asked for.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping

from datasketch import MinHash, MinHashLSH

from seqplay.files import content_id

PERMUTATIONS = 128
SLACK = 0.25
"""How far below the asked similarity candidates are looked for."""

Shingles = frozenset[str]


def words(text: str) -> list[str]:
    """Return the words of a text in lower case: runs of letters and digits."""
    return "".join(char if char.isalnum() else " " for char in text.lower()).split()


def tokens(code: str) -> list[str]:
    """Return the words of a program, in whatever language: names, numbers, and each other mark by itself."""
    spaced = "".join(char if char.isalnum() or char == "_" else f" {char} " for char in code)
    return spaced.split()


def prose(text: str) -> Shingles:
    """Return the pairs of neighbouring words of a text."""
    return _runs(words(text), 2)


def program(code: str) -> Shingles:
    """Return the runs of four words of a program."""
    return _runs(tokens(code), 4)


def _runs(found: list[str], width: int) -> Shingles:
    """Return the runs of so many words; a shorter text is one run."""
    if len(found) < width:
        return frozenset([" ".join(found)]) if found else frozenset()
    return frozenset(" ".join(found[n : n + width]) for n in range(len(found) - width + 1))


def same_text(text: str) -> str:
    """Return a hash that is equal for texts that differ in case, space and punctuation alone."""
    return content_id(*words(text))


def similarity(a: Shingles, b: Shingles) -> float:
    """Return the Jaccard similarity; 0 where one is empty."""
    both = len(a & b)
    return both / (len(a) + len(b) - both) if both else 0.0


class NearIndex:
    """A set of texts that can be asked for near-duplicates of another one."""

    def __init__(self, threshold: float) -> None:
        """Count texts as near-duplicates from this Jaccard similarity."""
        self.threshold = threshold
        self._lsh = MinHashLSH(threshold=max(0.1, threshold - SLACK), num_perm=PERMUTATIONS)
        self._sets: dict[str, Shingles] = {}

    def near(self, found: Shingles) -> list[str]:
        """Return the keys of all near-duplicates, sorted."""
        if not found or not self._sets:
            return []
        candidates = self._lsh.query(_sketch(found))
        return sorted(key for key in candidates if similarity(found, self._sets[key]) >= self.threshold)

    def add(self, key: str, found: Shingles) -> None:
        """Take a text into the set, under a key that is not yet in it; an empty one is never near anything."""
        if found:
            self._lsh.insert(key, _sketch(found), check_duplication=False)
            self._sets[key] = found

    def seen(self, key: str, found: Shingles) -> list[str]:
        """Return the near-duplicates, and take the text in."""
        near = self.near(found)
        self.add(key, found)
        return near


def _sketch(found: Shingles) -> MinHash:
    sketch = MinHash(num_perm=PERMUTATIONS, seed=1)
    sketch.update_batch([text.encode("utf-8", "surrogatepass") for text in sorted(found)])
    return sketch


def clusters(keys: Iterable[str], links: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    """Return each key's cluster, named by its least key: keys that a chain of links joins."""
    parent = {key: key for key in keys}

    def root(key: str) -> str:
        while parent[key] != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    for a, b in links:
        first, last = sorted((root(a), root(b)))
        parent[last] = first
    return {key: root(key) for key in parent}


def groups(found: Mapping[str, Hashable]) -> list[tuple[str, str]]:
    """Return links that join all keys of one value."""
    first: dict[Hashable, str] = {}
    return [(first.setdefault(value, key), key) for key, value in found.items()]
