"""What reading an answer promises: the last complete one counts, nothing is guessed, nothing raises."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqplay import prompts
from seqplay.prompts import FoundInput, ParsedProposal, Reasoning, Unparsed
from seqplay.records import Answer, Goal

BLOCK = "```haskell\nf x = x\n```"
CODE = st.text(st.characters(exclude_characters="`\r<", exclude_categories=["Cs"]), min_size=1).filter(
    lambda text: text.strip() and all(line == line.rstrip() for line in text.split("\n"))
)
EXPRESSION = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="`-<"), min_size=1)
PIECES = st.lists(
    st.sampled_from(
        [
            *("```", "```haskell", "```input", "```proof", "````", "<think>", "</think>", "f x = x", "[1, 2]", ""),
            *("Answer: equivalent", "Answer: inequivalent", "Answer:", "Answer: maybe", "Difficulty: 3", "  "),
        ]
    )
).map("\n".join)  # fmt: skip


@given(st.one_of(st.text(), PIECES))
def test_reading_never_raises(text: str) -> None:
    for goal in Goal:
        prompts.parse_proposal(text, goal)
    prompts.parse_judgement(text)
    prompts.parse_found_input(text)
    prompts.parse_proof(text)
    prompts.parse_program(text)
    prompts.parse_difficulty(text)


@given(st.one_of(st.text(), PIECES))
def test_what_was_read_reads_the_same_again(text: str) -> None:
    for goal in Goal:
        proposal = prompts.parse_proposal(text, goal)
        if isinstance(proposal, ParsedProposal):
            again = prompts.write_proposal(proposal.code, proposal.diverging_input, proposal.proof)
            assert prompts.parse_proposal(again, goal) == proposal
    found = prompts.parse_found_input(text)
    if isinstance(found, FoundInput):
        assert prompts.parse_found_input(prompts.write_found_input(found)) == found
    answer = prompts.parse_judgement(text)
    if isinstance(answer, Answer):
        assert prompts.parse_judgement(prompts.write_judgement(answer)) == answer


@given(CODE, st.lists(EXPRESSION, min_size=1))
def test_a_written_proposal_is_read_back(code: str, diverging_input: list[str]) -> None:
    read = prompts.parse_proposal(prompts.write_proposal(code, diverging_input), Goal.SINQ)
    assert isinstance(read, ParsedProposal)
    assert read.code == code.strip("\n") + "\n"
    assert read.diverging_input == diverging_input


@given(st.floats(0, 10))
def test_a_written_difficulty_is_read_back_to_a_decimal(difficulty: float) -> None:
    assert prompts.parse_difficulty(prompts.write_difficulty(difficulty)) == pytest.approx(difficulty, abs=0.051)


def test_the_last_complete_block_counts() -> None:
    assert prompts.parse_program(f"{BLOCK}\nBetter:\n```haskell\ng x = x\n```") == "g x = x\n"
    assert prompts.parse_program(f"{BLOCK}\nBetter:\n```haskell\ng x = ") == "f x = x\n"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("f x = x", "no haskell block"),
        ("```haskell\nf x = x", "the haskell block is not closed"),
        ("```haskell\n\n```", "the haskell block is empty"),
        ("```\nf x = x\n```", "no haskell block"),
        (f"<think>\n{BLOCK}", "the reasoning has no end"),
        (f"<think>\n{BLOCK}\n</think>\nSo it is.", "no haskell block"),
    ],
)
def test_why_a_program_cannot_be_read_is_said(text: str, reason: str) -> None:
    assert prompts.parse_program(text) == Unparsed(reason)


def test_a_sinq_proposal_needs_an_input() -> None:
    assert prompts.parse_proposal(BLOCK, Goal.SINQ) == Unparsed("no input block")
    assert prompts.parse_proposal(f"{BLOCK}\n```input\n-- none\n```", Goal.SINQ) == Unparsed("the input block is empty")
    read = prompts.parse_proposal(f"```input\n[1, 2]\n\n-1\n```\n{BLOCK}", Goal.SINQ)
    assert read == ParsedProposal("f x = x\n", ["[1, 2]", "-1"], None)


def test_a_proof_may_come_with_the_program() -> None:
    read = prompts.parse_proposal(f"{BLOCK}\n```proof\nproof x = ()\n```", Goal.SEQ)
    assert read == ParsedProposal("f x = x\n", None, "proof x = ()\n")


@pytest.mark.parametrize(
    "text",
    [
        "Answer: equivalent",
        "**Answer:** Equivalent.",
        "so\nanswer : equivalent",
        "Answer: inequivalent\nAnswer: equivalent",
    ],
)
def test_bob_says_equivalent(text: str) -> None:
    assert prompts.parse_judgement(text) is Answer.EQUIVALENT


@pytest.mark.parametrize(
    "text",
    ["Answer: inequivalent", "Answer: not equivalent", "<think>Answer: equivalent</think>\nAnswer: inequivalent"],
)
def test_bob_says_inequivalent(text: str) -> None:
    assert prompts.parse_judgement(text) is Answer.INEQUIVALENT


@pytest.mark.parametrize(
    "text",
    [
        "equivalent",
        "Answer: equivalent or inequivalent",
        "Answer: in",
        "Answer: equivalent\nAnswer: it depends",
        "```\nAnswer: equivalent\n```",
    ],
)
def test_anything_else_is_no_verdict(text: str) -> None:
    assert isinstance(prompts.parse_judgement(text), Unparsed)


def test_bob_gives_an_input_or_says_that_there_is_none_but_not_both() -> None:
    given_input = "```input\n5\n2\n```"
    assert prompts.parse_found_input(given_input) == FoundInput(["5", "2"])
    assert prompts.parse_found_input("Answer: equivalent") == FoundInput(None)
    assert isinstance(prompts.parse_found_input(f"{given_input}\nAnswer: equivalent"), Unparsed)
    assert isinstance(prompts.parse_found_input("Answer: inequivalent"), Unparsed)


@pytest.mark.parametrize("text", ["Difficulty: 11", "Difficulty: -1", "Difficulty: hard", "Difficulty: nan", "7"])
def test_a_difficulty_is_a_number_from_0_to_10(text: str) -> None:
    assert isinstance(prompts.parse_difficulty(text), Unparsed)


OTHER = Reasoning("[THINK]", "[/THINK]")


def test_reasoning_stands_between_the_configured_marks() -> None:
    text = "[THINK]Answer: equivalent[/THINK]\nAnswer: inequivalent"
    assert prompts.parse_judgement(text, OTHER) is Answer.INEQUIVALENT
    assert prompts.parse_judgement("[THINK]\nAnswer: equivalent", OTHER) == Unparsed("the reasoning has no end")
    assert prompts.parse_judgement("<think>\nAnswer: equivalent", OTHER) is Answer.EQUIVALENT
    for read in (prompts.parse_program, prompts.parse_proof, prompts.parse_difficulty, prompts.parse_found_input):
        assert read("[THINK]\nhm", OTHER) == Unparsed("the reasoning has no end")
    assert prompts.parse_proposal("[THINK]\nhm", Goal.SEQ, OTHER) == Unparsed("the reasoning has no end")


PROOF = "```proof\nproof x = ()\n```"


@pytest.mark.parametrize(
    ("task", "said", "canonical"),
    [
        ("propose_seq", f"Change: one.\n{BLOCK}", BLOCK),
        ("propose_seq", f"{PROOF}\n{BLOCK}", f"{BLOCK}\n{PROOF}"),
        ("propose_sinq", f"```input\n3\n```\n{BLOCK}", f"{BLOCK}\n```input\n3\n```"),
        ("prove", f"So.\n{PROOF}", PROOF),
        ("repair", f"So.\n{PROOF}", PROOF),
        ("judge", "So.\n**Answer:** not equivalent.", "Answer: inequivalent"),
        ("find_input", "```input\n3\n```", "```input\n3\n```"),
        ("find_input", "There is none.\nAnswer: equivalent", "Answer: equivalent"),
        ("predict_difficulty", "Difficulty: 4/10", "Difficulty: 4.0"),
    ],
)
def test_an_answer_has_one_canonical_text(task: str, said: str, canonical: str) -> None:
    assert prompts.read_canonical(task, said) == canonical
    assert prompts.read_canonical(task, f"<think>\n{said}\n</think>\n\n{said}") == canonical
    assert prompts.read_canonical(task, canonical) == canonical
    assert isinstance(prompts.read_canonical(task, f"<think>\n{said}"), Unparsed)


def test_a_task_that_nobody_has_cannot_be_read() -> None:
    assert prompts.read_canonical("sing", "la") == Unparsed("no player has a task 'sing'")
