"""The report in a real browser: no errors, no network, usable by keyboard, on a phone and in the dark."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from seqplay.records import Goal
from seqplay.report import write_report, write_sweep_report
from tests.report.played import USUAL, Fate, config, write_evaluations, write_iteration
from tests.report.test_page import ATTACK

playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright: make setup")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: sudo apt-get install chromium")

DRAWN = "html[data-drawn]"
CONTRAST = """() => {
  const numbers = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (node) => {
    for (let one = node; one; one = one.parentElement) {
      const found = numbers(getComputedStyle(one).backgroundColor);
      if (found.length === 3 || found[3] > 0) return found;
    }
    return [255, 255, 255];
  };
  const faint = [];
  for (const node of document.querySelectorAll("body *:not(svg *):not(script)")) {
    const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
    if (!own || !node.checkVisibility()) continue;
    const [a, b] = [light(numbers(getComputedStyle(node).color)), light(behind(node))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) faint.push(`${node.tagName}.${node.className} ${node.textContent}`);
  }
  return faint;
}"""
"""Texts whose contrast with what is behind them is below WCAG's 4.5 to 1."""
NAMELESS = """() => [...document.querySelectorAll("a, button, input, select, summary, [role=img], [role=region]")]
  .filter((node) => node.checkVisibility() && !(node.getAttribute("aria-label") || node.textContent.trim()
    || (node.labels && node.labels.length)))
  .map((node) => node.outerHTML.slice(0, 80))"""
"""Things to act on or to see that have no name for a screen reader."""


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("results") / "usual"
    hostile = [Fate("hard", Goal.SINQ, q=ATTACK, input=ATTACK), Fate("hard", proof=ATTACK, proved=True)]
    for number in (1, 2):
        write_iteration(folder, number, [*USUAL, *hostile], trained=True)
    write_evaluations(folder, {0: 4, 1: 6, 2: 7})
    write_report(folder, config(folder), folder / "report.html")
    return folder / "report.html"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


class Seen:
    """An opened page, with all that it complained of and asked for."""

    def __init__(self, browser: Any, file: Path, width: int = 1280, dark: bool = False) -> None:
        scheme = "dark" if dark else "light"
        self.context = browser.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme)
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("dialog", lambda dialog: self.complaints.append(f"dialog: {dialog.message}"))
        self.page.goto(file.as_uri())
        self.page.wait_for_selector(DRAWN, timeout=60_000)


@pytest.fixture
def see(browser: Any, page_file: Path) -> Iterator[Any]:
    opened: list[Seen] = []

    def open_(file: Path = page_file, **more: Any) -> Seen:
        opened.append(Seen(browser, file, **more))
        return opened[-1]

    yield open_
    for one in opened:
        one.context.close()


def test_every_chart_is_drawn_without_a_complaint_and_without_a_network(see: Any, page_file: Path) -> None:
    seen = see()
    assert seen.complaints == []
    assert [url for url in seen.asked if not url.startswith("data:")] == [page_file.as_uri()]
    charts = seen.page.query_selector_all("[data-chart]")
    assert len(charts) >= 14
    for chart in charts:
        marks = chart.eval_on_selector_all(
            "svg .mark-rect path, svg .mark-symbol path, svg path, svg text", "all => all.length"
        )
        assert marks > 5, chart.get_attribute("data-chart")
    flow = seen.page.text_content("[data-chart=flow] svg")
    for station in ("Sampled · 44", "Accepted pair", "Not proved · 2", "Kept: hard", "Timed out"):
        assert station in " ".join(flow.split())


def test_filters_and_search_narrow_the_examples(see: Any) -> None:
    page = see().page
    said = page.locator("#count")
    assert said.inner_text() == "44 of 44 examples"
    page.select_option("#filter-goal", "SINQ")
    assert said.inner_text() == "20 of 44 examples"
    page.select_option("#filter-end", "refused")
    assert said.inner_text() == "8 of 44 examples"
    assert page.locator("article").count() == 8
    assert all("SINQ" in text for text in page.locator("article .facts").all_inner_texts())
    page.select_option("#filter-goal", "")
    page.select_option("#filter-end", "")
    page.fill("#search", "tactic:induction proved")
    playwright.expect(said).to_have_text("12 of 44 examples")
    page.fill("#search", "no such text anywhere")
    playwright.expect(said).to_have_text("0 of 44 examples")
    assert page.locator("article").count() == 0


def test_an_example_shows_both_programs_the_difference_the_votes_and_its_records(see: Any, page_file: Path) -> None:
    page = see().page
    page.select_option("#filter-goal", "SINQ")
    page.select_option("#filter-end", "kept")
    first = page.locator("article").first
    assert "f x = x + 1 * 4" in first.locator("pre").first.inner_text()
    assert first.locator("del").count() >= 1
    assert "0 of 4 right" in first.inner_text()
    assert "Diverging input" in first.inner_text()
    file = first.locator(".records a").first.get_attribute("href")
    assert (page_file.parent / file).is_file()


def test_hostile_programs_are_shown_as_text(see: Any) -> None:
    seen = see()
    seen.page.fill("#search", "onerror")
    playwright.expect(seen.page.locator("#count")).to_have_text("4 of 44 examples")
    assert seen.page.locator("article img, article script").count() == 0
    assert "<script>alert(1)</script>" in seen.page.locator("article").first.inner_text()
    assert seen.complaints == []


def test_the_keyboard_reaches_and_works_everything(see: Any) -> None:
    page = see().page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#main"
    page.focus("#figure-flow > details summary")
    page.keyboard.press("Enter")
    assert page.is_visible("#figure-flow table")
    page.focus("#more")
    page.keyboard.press("Enter")
    assert page.locator("article").count() == 20
    assert page.evaluate("document.activeElement.tagName") == "ARTICLE"
    page.focus("#filter-goal")
    page.keyboard.press("ArrowDown")
    assert page.locator("#count").inner_text() != "44 of 44 examples"


@pytest.mark.parametrize("width", [360, 390, 768])
def test_a_narrow_screen_needs_no_sideways_scrolling(width: int, see: Any) -> None:
    page = see(width=width).page
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("dark", [False, True])
def test_every_text_can_be_read_and_every_control_has_a_name(dark: bool, see: Any) -> None:
    page = see(dark=dark).page
    page.evaluate("document.querySelectorAll('figure > details').forEach((one) => { one.open = true; })")
    assert page.evaluate(CONTRAST) == []
    assert page.evaluate(NAMELESS) == []


def test_the_charts_follow_the_dark_when_it_falls(see: Any) -> None:
    page = see().page
    label = "document.querySelector('[data-chart=flow] svg .mark-text text').getAttribute('fill')"
    light = page.evaluate(label)
    page.emulate_media(color_scheme="dark")
    page.wait_for_selector("html[data-drawn=dark]")
    assert page.evaluate(label) != light
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 27)"


def test_a_price_fills_the_column_of_costs(see: Any) -> None:
    page = see().page
    page.fill("#price", "2.5")
    assert page.inner_text("#price-total") == "0.000 GPU-hours cost 0.00"
    assert page.locator("#figure-seconds tbody tr").first.locator("td").last.text_content() == "0.00"


def test_a_sweep_s_page_is_drawn_too(see: Any, tmp_path: Path) -> None:
    configs = {}
    for name in ("low", "high"):
        write_iteration(tmp_path / name, 1, USUAL)
        write_evaluations(tmp_path / name, {0: 3, 1: 5})
        configs[name] = config(tmp_path / name)
    write_sweep_report("both", configs, [("experiment", "seed"), ("low", "0"), ("high", "1")], tmp_path / "both.html")
    seen = see(tmp_path / "both.html", width=390)
    assert seen.complaints == []
    assert len(seen.page.query_selector_all("[data-chart] svg.marks")) >= 9
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= 390
