"""The page: it stands alone, says what is missing, stays small, and nothing that a model wrote can act in it."""

from __future__ import annotations

import base64
import hashlib
import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqplay.errors import InputError
from seqplay.records import Goal
from seqplay.report import write_report, write_sweep_report
from seqplay.report.drawing.difference import pieces
from seqplay.report.drawing.escaping import script_json, visible
from tests.report.played import Fate, config, write_evaluations, write_iteration, write_usual

ATTACK = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\u2028\u2029\x1b[2J\x00\u202eevil<!--"


class Reader(HTMLParser):
    """What a browser would see: elements with their attributes, scripts, and the visible text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.text = ""
        self._in = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._in = tag
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        self._in = ""

    def handle_data(self, data: str) -> None:
        if self._in == "script":
            self.scripts[-1] += data
        elif self._in != "style":
            self.text += data

    @property
    def data(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.scripts[0])
        return found


def read(path: Path) -> Reader:
    return Reader(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("results") / "usual"
    write_report(folder, write_usual(folder), folder / "report.html")
    return folder / "report.html"


def test_the_page_stands_alone_and_forbids_every_network(usual: Path) -> None:
    page = read(usual)
    policy = next(
        found["content"] for _, found in page.elements if found.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    assert "unsafe-eval" not in policy
    allowed = policy.partition("script-src ")[2].split()
    for script in page.scripts[1:]:
        assert f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" in allowed
    addresses = [found.get(name) or "" for _, found in page.elements for name in ("src", "href", "action")]
    assert not [address for address in addresses if ":" in address and not address.startswith("data:")]


def test_every_chart_has_a_description_and_a_table(usual: Path) -> None:
    page = read(usual)
    drawn = [found for _, found in page.elements if "data-chart" in found]
    assert len(drawn) >= 14
    assert {one["data-chart"] for one in drawn} == set(page.data["charts"])
    assert all(len(one["data-label"] or "") > 20 for one in drawn)
    assert page.text.count("As a table") == len(drawn)


def test_the_page_names_the_tools_that_judged(usual: Path) -> None:
    assert "judged withGHC 9.0.2" in read(usual).text


def test_the_page_says_what_labels_rest_on_in_large_letters(usual: Path, tmp_path: Path) -> None:
    assert "4 of 12 SEQ labels rest on bounded testing, not on proofs" in read(usual).text
    for fate, said in (
        (Fate("hard"), "SEQ labels rest on bounded testing, not on proofs"),
        (Fate("hard", proved=True), "SEQ labels rest on proofs that Liquid Haskell accepted"),
        (Fate("hard", Goal.SINQ), "No SEQ pair was accepted"),
    ):
        folder = tmp_path / fate.goal / str(fate.proved)
        write_iteration(folder, 1, [fate])
        write_report(folder, config(folder), folder / "report.html")
        assert said in read(folder / "report.html").text


def test_the_page_says_how_much_of_a_bounded_pair_was_reached(usual: Path) -> None:
    page = read(usual)
    bounded = [one for one in page.data["examples"]["shown"] if one.get("evidence") == "bounded"]
    assert bounded
    assert all((one["coverage"], one["unreached"]) == ("80 %", ["Q line 2: is True"]) for one in bounded)
    assert "Coverage of the pairs that rest on testing alone" in page.text
    assert "70 to 90 %" in page.text


def test_links_lead_to_the_records_from_wherever_the_page_is(tmp_path: Path) -> None:
    folder = tmp_path / "results/usual"
    found = write_usual(folder)
    for output, last in ((folder / "report.html", None), (folder / "iter_1/report.html", 1)):
        write_report(folder, found, output, last)
        page = read(output)
        links = [record for example in page.data["examples"]["shown"] for record in example["records"]]
        for kind, file, first, _ in links:
            line = (output.parent / file).read_text().splitlines()[first - 1]
            assert isinstance(json.loads(line), dict), kind
        written = [found["href"] or "" for tag, found in page.elements if tag == "a" and "href" in found]
        assert all((output.parent / file).is_file() for file in written if not file.startswith("#"))


def test_an_iteration_s_page_ends_with_that_iteration(tmp_path: Path) -> None:
    folder = tmp_path / "usual"
    write_report(folder, write_usual(folder), folder / "iter_1/report.html", 1)
    page = read(folder / "iter_1/report.html")
    assert {example["iteration"] for example in page.data["examples"]["shown"]} == {1}
    assert "Iterations 1 to 1 of 2" in page.text


def test_an_interrupted_experiment_has_a_report_of_what_is_there(tmp_path: Path) -> None:
    folder = tmp_path / "stopped"
    write_iteration(folder, 1, [Fate("hard"), Fate("type_error")])
    (folder / "iter_2").mkdir()
    write_report(folder, config(folder, iterations=7), folder / "report.html")
    assert "1 of 7 iterations" in read(folder / "report.html").text


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    folder = tmp_path / "bare"
    write_iteration(folder, 1, [Fate("no_votes")])
    write_report(folder, config(folder, iterations=1), folder / "report.html")
    text = read(folder / "report.html").text
    for said in ("No evaluation is there", "Nobody voted", "No proof was attempted", "No adapter was trained"):
        assert said in text


def test_an_iteration_without_any_program_has_a_report(tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    write_iteration(folder, 1, [])
    write_report(folder, config(folder), folder / "report.html")
    assert "No program was sampled" in read(folder / "report.html").text


def test_an_experiment_without_a_finished_iteration_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no finished iteration"):
        write_report(tmp_path, config(tmp_path), tmp_path / "report.html")


def test_nothing_that_a_model_wrote_can_act_in_the_page(tmp_path: Path) -> None:
    folder = tmp_path / "hostile"
    write_iteration(
        folder,
        1,
        [
            Fate("hard", Goal.SINQ, q=ATTACK, input=ATTACK),
            Fate("hard", q="f x = x", proof=ATTACK, proved=True),
            Fate("type_error", q=ATTACK),
            Fate("easy_sample", p=ATTACK),
        ],
    )
    write_report(folder, config(folder, programs={"source": ATTACK}, model={"name": ATTACK}), folder / "report.html")
    text = (folder / "report.html").read_text(encoding="utf-8")
    page = Reader(text)
    assert len(page.scripts) == 3
    assert not [tag for tag, _ in page.elements if tag == "img"]
    assert not [name for _, found in page.elements for name in found if name.startswith("on")]
    assert not {"\u2028", "\u2029", "\x1b", "\x00", "\u202e"} & set(text)
    shown = page.data["examples"]["shown"]
    assert "".join(piece[-1] for piece in shown[0]["code"]) == visible(ATTACK)
    assert shown[0]["input"] == [visible(ATTACK)]
    assert shown[1]["proofs"][0]["proof"] == visible(ATTACK)
    assert "␛[2J␀⟨U+202E⟩evil" in shown[2]["message"]


@given(st.text())
def test_data_cannot_end_the_script_that_holds_it(text: str) -> None:
    written = script_json({"text": text})
    assert written.isascii()
    assert not {"<", ">", "&"} & set(written)
    assert json.loads(written) == {"text": text}


@given(st.text())
def test_made_visible_a_text_has_nothing_hidden_and_plain_text_stays(text: str) -> None:
    assert all(character.isprintable() or character in "\n\t" for character in visible(text))
    plain = "".join(character for character in text if " " <= character <= "~")
    assert visible(plain) == plain


@given(st.text(alphabet="ab (+)\n", max_size=40), st.text(alphabet="ab (+)\n", max_size=40))
def test_the_marked_difference_is_the_two_texts(p: str, q: str) -> None:
    found = pieces(p, q)
    assert ("".join(piece.p for piece in found), "".join(piece.q for piece in found)) == (p, q)
    if p == q:
        assert all(piece.same for piece in found)


def test_a_changed_word_alone_is_marked() -> None:
    changed = [piece for piece in pieces("f x = x + 10", "f x = x + 11") if not piece.same]
    assert [(piece.p, piece.q) for piece in changed] == [("10", "11")]


def test_a_long_experiment_stays_below_5_mb_and_says_what_it_left_out(tmp_path: Path) -> None:
    folder = tmp_path / "long"
    code = "f :: Int -> Int\n" + "".join(f"f {line} = {line * 7919}\n" for line in range(300))
    for number in (1, 2):
        write_iteration(folder, number, [Fate("hard" if place % 2 else "type_error", q=code) for place in range(700)])
    write_report(folder, config(folder), folder / "report.html")
    assert (folder / "report.html").stat().st_size < 5_000_000
    page = read(folder / "report.html")
    shown = page.data["examples"]["shown"]
    assert f"{len(shown)} of 1400 sampled programs" in page.text
    assert len(shown) > 200
    assert {example["iteration"] for example in shown} == {1, 2}
    assert {example["end"] for example in shown} == {"kept"}


def test_the_same_records_give_the_same_page(tmp_path: Path) -> None:
    folder = tmp_path / "usual"
    found = write_usual(folder)
    for name in ("one.html", "two.html"):
        write_report(folder, found, folder / name)
    assert (folder / "one.html").read_bytes() == (folder / "two.html").read_bytes()


def test_a_sweep_s_page_has_its_experiments_side_by_side(tmp_path: Path) -> None:
    configs = {}
    for name, fate in (("low", Fate("hard", proved=True)), ("high", Fate("hard", q="f = id"))):
        folder = tmp_path / name
        write_iteration(folder, 1, [fate, Fate("type_error")])
        write_evaluations(folder, {0: 3, 1: 5})
        configs[name] = config(folder)
        write_report(folder, configs[name], folder / "report.html")
    differences = [("experiment", "curriculum.threshold"), ("low", "3"), ("high", "7")]
    write_sweep_report("both", configs, differences, tmp_path / "both.report.html")
    page = read(tmp_path / "both.report.html")
    assert "1 of 2 SEQ labels rest on bounded testing, not on proofs" in page.text
    links = {found["href"] for tag, found in page.elements if tag == "a"}
    assert {"low/report.html", "high/report.html"} <= links
    for chart in ("accepted-seq", "learning-balanced", "learning-greedy", "learning-bob", "time"):
        assert all(f'"{name}"' in json.dumps(page.data["charts"][chart]) for name in configs)
