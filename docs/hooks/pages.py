"""Pages that are not written by hand: the reference, from the package itself; and pages that are not there yet.

The package runs in an environment of its own (``SEQPLAY_PYTHON``, by default that of ``make setup``).
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

REFERENCE = ("configuration", "command-line", "records", "dataset-records")
PLACES = {"dataset.md": ("How to", "make a dataset"), "report.md": ("How to", "read the report")}
"""Pages of other parts of the project: where they stand in the navigation once they are there."""


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put the pages that are there into the navigation."""
    for name, (section, title) in PLACES.items():
        if (Path(config.docs_dir) / name).is_file():
            entries: list[Any] = next(entry[section] for entry in config.nav or [] if section in entry)
            entries.append({title: name})
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages."""
    python = os.environ.get("SEQPLAY_PYTHON") or str(Path(config.config_file_path).parent / ".venv/bin/python")
    for name in REFERENCE:
        made = subprocess.run([python, "-m", "seqplay.reference", name], capture_output=True, text=True, check=False)
        if made.returncode:
            raise PluginError(f"reference/{name}.md: {made.stderr.strip().splitlines()[-1]}")
        files.append(File.generated(config, f"reference/{name}.md", content=made.stdout))
    return files


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Refuse a page that loads anything from another host."""
    found = re.search(r'<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)="https?://[^"]*"', output)
    if found:
        raise PluginError(f"{page.file.src_uri}: loads from another host: {found.group()}")
    return output
