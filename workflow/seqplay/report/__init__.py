"""The report of an experiment, and of a sweep: one page each, without any network.

It reads the experiment's records (``experiment``, ``journey``), holds them against the summaries' totals, and turns
them into sections of figures (``outcomes``, ``players``, ``cost``, ``provenance``) and a browser of examples.
"""

from seqplay.report.report import write_report
from seqplay.report.sweep import write_sweep_report

__all__ = ["write_report", "write_sweep_report"]
