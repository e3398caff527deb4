"""The dataset card: what is in it, how it was made, how many of each tier and why, in numbers and plots."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from seqplay.config.dataset import DatasetConfig
from seqplay.dataset.publish.counts import Tally
from seqplay.dataset.records import Tier
from seqplay.files import write_text

CONFIGS = {
    "runnable": ("runnable_only", "agreeing"),
    "agreeing": ("agreeing",),
    "typechecked": ("typechecked_only", "runnable_only", "agreeing"),
    "raw": ("raw_only", "typechecked_only", "runnable_only", "agreeing"),
}
"""Names of the subsets, the default first, and the folders in each."""
TIER_TEXT = {
    Tier.NONE: "no program, or one that does not parse; and rows that were not translated",
    Tier.A: "raw: extracted and parsed",
    Tier.B: "typechecked, with an entry of known type",
    Tier.C: "runnable: gives values on inputs, recorded",
    Tier.C_PLUS: "agrees with the Python solution on every input that both end on",
}


def write_card(
    folder: Path,
    counts: Mapping[str, Any],
    tally: Tally,
    *,
    dataset: DatasetConfig,
    origin: Mapping[str, str],
) -> None:
    """Write ``README.md`` as the hub reads it, and its plots."""
    plots = _plots(folder / "plots", counts, tally)
    source = dataset.instructions
    lines = [
        *_head(source.licence, folder),
        "# OpInstruct-HSx",
        "",
        f"Haskell programs translated from the Python instruction data of `{source.source}` (split `{source.split}`"
        + (f", revision `{source.revision}`" if source.revision else "")
        + "), kept in tiers by what was checked of each. Made by `seqplay` (`snakemake dataset`).",
        "",
        *_table(("tier", "samples", "what it is"), _tier_rows(counts)),
        "",
        "Each tier is counted without those above it; a subset (`raw`, `typechecked`, `runnable`, `agreeing`) "
        "holds its tier and all above. "
        + f"{counts['rows']} rows, {counts['endings']} endings: nothing is counted twice.",
        "",
        "## Why a sample ended where it did",
        "",
        *_table(("tier", "reason", "samples"), _reason_rows(counts)),
        "",
        "## Splits",
        "",
        f"By near-duplicate cluster ({counts['clusters']} clusters at Jaccard similarity {source.near_duplicate:g} of "
        "neighbouring words, in instruction, Python or Haskell): no cluster is in two splits.",
        "",
        *_table(("split", *(tier.value for tier in Tier if tier is not Tier.NONE)), _split_rows(counts)),
        "",
        "## Columns",
        "",
        "`instruction`, `python`, `tests` (of the source), `code` (Haskell), `entry` and `type` (as GHC infers it), "
        "`inputs` (one list of Haskell expressions for each run) and `outputs` (what `show` writes), `tier` and "
        "`reason`, `agreement` with the Python and on how many inputs (`compared`), `cluster`.",
        "",
        "## How it was made",
        "",
        *[f"- {name}: {text}" for name, text in origin.items()],
        f"- kept rows: domains {_listed(source.domains)}, algorithms {_listed(source.algorithms)}, test score at least "
        f"{source.least_score:g}; kept clear of: {_listed(source.decontaminate, nothing='nothing')}",
        f"- inputs that gave a value: {json.dumps(counts['values'], sort_keys=True)}; all trials: "
        f"{json.dumps(counts['trials'], sort_keys=True)}",
        f"- agreement with the Python, run in a jail: {json.dumps(counts['agreement'], sort_keys=True)}",
        "",
        "## Licences",
        "",
        f"Instructions and Python: {source.licence} (`{source.source}`). The Haskell was written by the model named "
        "above, under whose terms its output may be used.",
        "",
        *[f"![{path.stem.replace('_', ' ')}](plots/{path.name})" for path in plots],
    ]
    write_text(folder / "README.md", "\n".join(lines) + "\n")


def _head(licence: str, folder: Path) -> list[str]:
    """Return the YAML that the hub reads: each subset with the files that there are."""
    lines = ["---", f"license: {licence.lower()}", "language: [en]", "tags: [code, haskell, synthetic]", "configs:"]
    for name, places in CONFIGS.items():
        subset: list[str] = []
        for split in ("train", "validation", "test"):
            files = [f"data/{place}/{split}.parquet" for place in places]
            files = [file for file in files if (folder / file).is_file()]
            if files:
                subset += [f"  - split: {split}", "    path:", *(f"    - {file}" for file in files)]
        if subset:
            default = [] if "  default: true" in lines else ["  default: true"]
            lines += [f"- config_name: {name}", *default, "  data_files:", *subset]
    return [*lines, "---"]


def _tier_rows(counts: Mapping[str, Any]) -> list[tuple[object, ...]]:
    return [(tier.value, counts["tiers"].get(tier.value, 0), TIER_TEXT[tier]) for tier in Tier]


def _reason_rows(counts: Mapping[str, Any]) -> list[tuple[object, ...]]:
    return [
        (tier.value, reason, number)
        for tier in Tier
        for reason, number in sorted(counts["reasons"][tier].items(), key=lambda item: (-item[1], item[0]))
    ]


def _split_rows(counts: Mapping[str, Any]) -> list[tuple[object, ...]]:
    kept = [tier.value for tier in Tier if tier is not Tier.NONE]
    return [(name, *(found.get(tier, 0) for tier in kept)) for name, found in counts["splits"].items()]


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines]


def _listed(names: Sequence[str], nothing: str = "all") -> str:
    return ", ".join(f"`{name}`" for name in names) or nothing


def _plots(folder: Path, counts: Mapping[str, Any], tally: Tally) -> list[Path]:
    """Write the plots as SVG; return their paths."""
    tiers = [{"what": tier.value, "samples": counts["tiers"].get(tier.value, 0)} for tier in Tier]
    sizes = [{"lines": low, "tier": tier, "samples": number} for (tier, low), number in sorted(tally.lengths.items())]
    common = [{"what": name, "samples": number} for name, number in sorted(tally.types.items(), key=_rank)[:20]]
    return [
        _bars(folder / "tiers.svg", tiers, "samples by tier", sort=[tier.value for tier in Tier]),
        _lengths(folder / "lengths.svg", sizes),
        _bars(folder / "types.svg", common, "the most frequent types of runnable programs", sort="-x"),
    ]


def _rank(item: tuple[str, int]) -> tuple[int, str]:
    return -item[1], item[0]


def _bars(path: Path, rows: list[dict[str, Any]], title: str, sort: Any) -> Path:
    import altair

    chart = altair.Chart(altair.InlineData(values=rows), title=title).mark_bar()
    drawn = chart.encode(x=altair.X("samples:Q", title="samples"), y=altair.Y("what:N", sort=sort, title=None))
    return _save(drawn, path)


def _lengths(path: Path, rows: list[dict[str, Any]]) -> Path:
    import altair

    chart = altair.Chart(altair.InlineData(values=rows), title="lines of a program (lower end of the group)").mark_bar()
    drawn = chart.encode(
        x=altair.X("lines:O", title="lines"), y=altair.Y("samples:Q", title="samples"), color=altair.Color("tier:N")
    )
    return _save(drawn, path)


def _save(chart: Any, path: Path) -> Path:
    import vl_convert

    write_text(path, vl_convert.vegalite_to_svg(chart.to_json()))
    return path
