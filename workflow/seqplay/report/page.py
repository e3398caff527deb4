"""The page: sections, examples and the charts' library in one file that asks nothing of any network.

Scripts run by their hash alone (Content-Security-Policy), so that no text, whoever wrote it, can become one; no address
but the page's own can be loaded from.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import altair
import jinja2
import vl_convert
from markupsafe import Markup

from seqplay.errors import InputError
from seqplay.files import write_text
from seqplay.report.drawing.escaping import script_json
from seqplay.report.drawing.figure import Figure, Section

LIMIT = 5_000_000
"""Bytes that a page stays below."""
FOLDER = Path(__file__).parent / "template"


@dataclass(frozen=True)
class Tile:
    """A figure that stands at the top of the page."""

    name: str
    value: str
    detail: str = ""


@dataclass(frozen=True)
class Page:
    """All that a page says."""

    title: str
    kind: str
    """What it is: ``Report``, ``Sweep report``."""
    evidence: str
    """What the SEQ labels rest on, in large letters."""
    proved: bool
    """Whether every accepted SEQ pair was proved."""
    subtitle: str
    notes: Sequence[str]
    tiles: Sequence[Tile]
    sections: Sequence[Section]
    examples: Mapping[str, Any] | None = None
    """The browser of examples and what it says of itself; none on a page without."""
    alarms: Sequence[str] = ()
    """What the collapse guards saw, in large letters."""


@cache
def _library() -> str:
    """Return Vega, Vega-Lite and vega-embed as one script, of the version that Altair's charts are written for."""
    version = altair.SCHEMA_VERSION.rpartition(".")[0]
    # Without a snippet it gives the whole library; its stub asks for one.
    return str(vl_convert.javascript_bundle(vl_version=version))  # type: ignore[call-arg]


def _hash(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def render(page: Page) -> str:
    """Return the page's HTML."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    charts = {figure.id: figure.spec for figure in _figures(page) if figure.spec is not None}
    script = (FOLDER / "page.js").read_text(encoding="utf-8")
    scripts = [_library(), script] if charts else [script]
    policy = (
        "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; style-src 'unsafe-inline'; "
        f"script-src {' '.join(map(_hash, scripts))}"
    )
    return environment.get_template("page.html.jinja").render(
        page=page,
        policy=policy,
        style=Markup((FOLDER / "page.css").read_text(encoding="utf-8")),
        scripts=[Markup(one) for one in scripts],
        data=Markup(script_json({"charts": charts, "examples": page.examples})),
    )


def _figures(page: Page) -> list[Figure]:
    return [figure for section in page.sections for figure in section.figures]


def write_page(page: Page, output: Path) -> None:
    """Write a page, whole, by rename.

    Raises ``InputError`` where it would be 5 MB or more.
    """
    html = render(page)
    size = len(html.encode())
    if size >= LIMIT:
        raise InputError(f"{output}: the page would take {size} bytes, and {LIMIT} is the limit: show fewer examples")
    write_text(output, html)
