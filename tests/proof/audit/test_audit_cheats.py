"""Of the suite of cheats, the audit alone refuses every one that is a matter of constructs, and names the construct."""

from __future__ import annotations

import pytest

from seqplay.proof.audit import audit_program, audit_proof
from tests.proof.suites import read_suite, scope_of

CHEATS = {cheat["name"]: cheat for cheat in read_suite("cheats")}

BY_CONSTRUCT = (
    "allow-list",
    "pragma",
    "import",
    "identifier",
    "shadowed combinator",
    "shadowed name: `",
    "shadowed type",
    "redefinition",
    "an argument takes the name",
    "a fragment has no module header",
    "foreign import",
    "positivity",
    "does not parse",
    "a Cyrillic look-alike",
    "an unknown operator that looks like",
    "program or second opinion",
)
ELSEWHERE = {
    "annotation_in_nested_comment": "what is inside a comment is no annotation: the theorem is unproved",
    "erroring_q": "the translation into the logic refuses `error`",
    "undefined_q": "the translation into the logic refuses `undefined`",
    "q_shadows_combinators": "the composition gives Q's helper another name",
    "q_defines_prelude_name": "the composition resolves names",
    "q_local_shadow": "the composition resolves names",
    "q_argument_shadow": "the composition resolves names",
}
CONSTRUCTS = sorted(
    name
    for name, cheat in CHEATS.items()
    if cheat["refused_because"].startswith(BY_CONSTRUCT) and name not in ELSEWHERE
)


@pytest.mark.parametrize("name", CONSTRUCTS)
def test_a_cheat_by_construct_is_refused(name):
    cheat = CHEATS[name]
    refused = audit_proof(cheat["proof"], scope_of(cheat)) + audit_program(cheat["p"]) + audit_program(cheat["q"])
    assert refused, f"{name}: nothing refused; expected: {cheat['refused_because']}"
    assert all(refusal.line >= 1 and refusal.why for refusal in refused)


NAMED = [
    name for name in CONSTRUCTS if "allow-list: `" in CHEATS[name]["refused_because"] and not name.startswith("unicode")
]


@pytest.mark.parametrize("name", NAMED)
def test_the_refused_annotation_is_named(name):
    cheat = CHEATS[name]
    wanted = cheat["refused_because"].split("`")[1].split()[0]
    refused = audit_proof(cheat["proof"], scope_of(cheat))
    words = " ".join(f"{refusal.construct} {refusal.why}" for refusal in refused)
    assert wanted in words, (wanted, [str(refusal) for refusal in refused])


def test_the_suite_is_large_enough():
    assert len(CHEATS) >= 80
    assert len(CONSTRUCTS) >= 180


REFUSED_LINES = [
    ("assume_split_lines", "assume", 2),
    ("annotation_in_where", "assume", 3),
    ("admit", "Admit", 1),
    ("undefined_refined", "undefined", 3),
    ("local_equals", "===", 3),
    ("argument_named_as_p", "inc", 1),
    ("options_ghc_plugin_opt", "OPTIONS_GHC", 1),
    ("import_spec", "import", 1),
    ("measure_that_loops", "lie", 4),
    ("reflect_under_precondition", "lie", 2),
]


@pytest.mark.parametrize(("name", "construct", "line"), REFUSED_LINES)
def test_a_refusal_says_what_and_where(name, construct, line):
    cheat = CHEATS[name]
    found = {(refusal.construct, refusal.line) for refusal in audit_proof(cheat["proof"], scope_of(cheat))}
    assert (construct, line) in found
