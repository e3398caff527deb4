"""Suites that ``seqplay suites fetch`` knows by name: where the paper's authors have them from.

Those at an address are the authors' own files at one commit, with the hash of what stood there on 2026-11-30. Those on
the hub are the data sets that the authors' code loads, as the parquet files that the hub itself makes of each; these
were not tried where the hub can be reached, and PySecDB's owners want to be asked first.
"""

from __future__ import annotations

from collections.abc import Mapping

from seqplay.downloads import Source

_AUTHORS = (
    "https://raw.githubusercontent.com/TrevorPoon/llm-self-play-liquidhaskell/490fe084d705cb501e0fe34e592f17db2eb44a7b"
)
_MADE_BY_THE_HUB = "refs/convert/parquet"


def _authors(path: str, sha256: str) -> Source:
    return Source(url=f"{_AUTHORS}/src/Evaluation/{path}", sha256=sha256, licence="mit")


def _hub(name: str, part: str) -> Source:
    return Source(hub=name, file=f"{part}/0000.parquet", revision=_MADE_BY_THE_HUB)


_HUMANEVAL_HS = "50725c2ff54254a25e179cf0cf284af82f59febe4f8589929644ab30a256e525"
_MBPP_HS = "4e0b9cb2501ae9822dcfd794846e2c0123b879e6232b1cda0990049149666cb7"
_HUMANEVAL_PYTHON = "0eae07adadbb00d51962fdb78b9e2a26bfa8ade85dc54eb57cae9bffed2f5c54"
_MBPP_PYTHON = "e57e9c9999aa35128f4d0b6a486979c2c1dce4f4b8c0680bf92bc6f5f147779f"

KNOWN: Mapping[str, Source] = {
    "humaneval_hs": _authors("HumanEval-hs/humaneval-hs.jsonl", _HUMANEVAL_HS),
    "mbpp_hs": _authors("MBPP/data/mbpp-hs.jsonl", _MBPP_HS),
    "humaneval_python": _authors("HumanEval/data/humaneval-python.jsonl", _HUMANEVAL_PYTHON),
    "mbpp_python": _authors("MBPP/data/mbpp-python.jsonl", _MBPP_PYTHON),
    **{
        f"equibench_{name.lower()}": _hub("anjiangwei/EquiBench-Datasets", f"{name}/train")
        for name in ("DCE", "OJ_A", "OJ_V", "OJ_VA", "STOKE", "TVM")
    },
    "pysecdb": _hub("sunlab/PySecDB", "default/train"),
    "codexglue_defect": _hub("google/code_x_glue_cc_defect_detection", "default/test"),
}
"""By the name of the suite's folder; EquiBench has a file for each of its categories."""
