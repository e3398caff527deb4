"""A proof is taken apart by the lexical syntax of Haskell, and nothing of it is lost."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqplay.proof.annotations.annotation import Arrow, Mark, OutsideGrammar, Refined, RefinedSignature
from seqplay.proof.annotations.fragment import Kind, read_fragment, rename
from seqplay.proof.annotations.grammar import read_annotation


def annotations(text):
    return [annotation.body.strip() for annotation in read_fragment(text).annotations]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{-@ reflect f @-}", ["reflect f"]),
        ("x = 1 {-@ a @-} + {-@ b @-} 2", ["a", "b"]),
        ('x = "{-@ a @-}"', []),
        ("x = '\"' -- {-@ a @-}", []),
        ("{- {-@ a @-} -}", []),
        ("{-@ a {- b {-@ c @-} -} @-} y", ["a {- b {-@ c @-} -}"]),
        ("x --> {-@ a @-}", ["a"]),
        ("x' = y'' {-@ a @-}", ["a"]),
        ("--- {-@ a @-}\n{-@ b @-}", ["b"]),
        ("{-@ a\n  b\n@-}", ["a\n  b"]),
    ],
)
def test_annotations_are_found_where_the_compiler_finds_them(text, found):
    assert annotations(text) == found


def test_lines_are_those_of_the_text():
    fragment = read_fragment("\n\n{-@ reflect f @-}\nf = '\\n'\n  {-@ b @-}")
    assert [annotation.line for annotation in fragment.annotations] == [3, 5]
    assert [piece.line for piece in fragment.pieces(Kind.CHARACTER)] == [4]


@pytest.mark.parametrize("text", ["{-@ a", "{- {- -}", '"abc\n', "x = é", "f \x00"])
def test_what_is_no_lexeme_is_broken(text):
    assert read_fragment(text).pieces(Kind.BROKEN)


def test_code_keeps_its_places_when_all_else_is_blanked():
    text = "f x = {- a\nb -} x -- c\n{-@ d @-} g = 'a'\n"
    code = read_fragment(text).code
    assert len(code) == len(text)
    assert code.split() == ["f", "x", "=", "x", "g", "=", "'a'"]
    assert code.index("g") == text.index("g =")


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.sampled_from("{-@#}\"'\\ab.A1 \n(=+é"), max_size=40))
def test_the_lexemes_and_the_blanks_between_them_are_the_text(text):
    fragment = read_fragment(text)
    at = 0
    for piece in fragment.lexemes:
        assert fragment.text[at : piece.start].strip() == ""
        assert fragment.text[piece.start : piece.end] == piece.text
        at = piece.end
    assert fragment.text[at:].strip() == ""


def test_renaming_reaches_annotations_and_never_strings_or_comments():
    text = '{-@ lemma :: x:Int -> { inc x == bump x } @-}\nlemma x = const (inc x) "inc" -- inc\n'
    renamed = rename(text, {"inc": "p_inc"})
    assert renamed == text.replace("{ inc", "{ p_inc").replace("(inc", "(p_inc")


def read(body):
    return read_annotation(read_fragment(f"{{-@ {body} @-}}").annotations[0])


def test_a_signature_is_read_with_binders_refinements_and_metric():
    said = read("f :: forall a. Eq a => x:Int -> { y:[a] | len y > 0 } -> (Int, { v:() | x == y }) / [x, len y]")
    assert isinstance(said, RefinedSignature)
    assert [arrow.binder for arrow in said.arguments()] == ["x", "y"]
    assert isinstance(said.type, Arrow)
    assert isinstance(said.arguments()[1].argument, Refined)
    assert [expression.text for expression in said.metric] == ["x", "len y"]


@pytest.mark.parametrize("word", ["reflect", "inline", "measure"])
def test_a_mark_names_one_function(word):
    said = read(f"{word} f")
    assert isinstance(said, Mark)
    assert (said.directive, said.name) == (word, "f")


@pytest.mark.parametrize(
    "body",
    [
        "f :: x:Int -> _",
        "f :: forall <p :: Int -> Bool>. Int<p> -> Int",
        "f :: Int<{\\x -> x > 0}> -> Int",
        "f, g :: Int -> Int",
        "F :: Int -> Int",
        "M.f :: Int -> Int",
        "measure f :: Int -> Int",
        "reflect f g",
        "reflect",
        "f :: { v:Int | v > 0 } / []extra",
        "f :: { v:Int | v ++ w }",
        "f :: { v:Int | \\x -> x }",
        "f :: { v:Int | let x = 1 in x == v }",
        "f :: x:Int",
        "assume :: Int -> Int",
        "f :: Int -> { true } reflect g",
        "",
    ],
)
def test_what_is_outside_the_grammar_is_refused(body):
    with pytest.raises(OutsideGrammar):
        read(body)
