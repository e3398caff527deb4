"""The dataset as tables: parquet files for each tier and split, and the whole as ``datasets`` saves it.

Written in batches: in memory is one batch of each file. The rows of a split are first put into an Arrow file, which
``datasets`` reads page by page.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from seqplay.dataset.records import Example, Tier
from seqplay.dataset.similarity.splits import SPLITS
from seqplay.files import content_id

KEPT = (Tier.A, Tier.B, Tier.C, Tier.C_PLUS)
FOLDERS = {Tier.A: "raw_only", Tier.B: "typechecked_only", Tier.C: "runnable_only", Tier.C_PLUS: "agreeing"}
"""The folder of each tier's own lines."""
BATCH = 1000
"""Rows of a parquet row group, and of an Arrow batch."""


class Tables:
    """Parquet files ``data/{tier}/{split}.parquet`` and the folder ``saved``; a context manager around ``add``."""

    def __init__(self, folder: Path) -> None:
        """Write into ``folder``; a file without rows is not written, as the hub's reader fails on it."""
        import pyarrow as pa

        self._folder = folder
        self._schema = pa.schema([(name, _arrow(pa, name)) for name in Example.model_fields])
        self._rows: dict[Path, list[dict[str, Any]]] = defaultdict(list)
        self._writers: dict[Path, Any] = {}
        self._ids: dict[str, list[str]] = {name: [] for name in SPLITS}

    def __enter__(self) -> Self:
        for name in SPLITS:
            self._writer(self._stream(name))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            for path in list(self._rows):
                self._flush(path)
        for writer in self._writers.values():
            writer.close()
        if error is None:
            self._save()

    def add(self, example: Example) -> None:
        """Take a line of the dataset."""
        row = example.model_dump(mode="json")
        self._ids[example.split].append(example.id)
        parquet = self._folder / "data" / FOLDERS[example.tier] / f"{example.split}.parquet"
        for path in (parquet, self._stream(example.split)):
            self._rows[path].append(row)
            if len(self._rows[path]) == BATCH:
                self._flush(path)

    def _stream(self, split: str) -> Path:
        return self._folder / f".{split}.arrow"

    def _flush(self, path: Path) -> None:
        import pyarrow as pa

        rows = self._rows.pop(path)
        self._writer(path).write_table(pa.Table.from_pylist(rows, schema=self._schema))

    def _writer(self, path: Path) -> Any:
        """Return the open file; it begins with its first rows."""
        import pyarrow as pa
        from pyarrow import parquet

        if path not in self._writers:
            path.parent.mkdir(parents=True, exist_ok=True)
            opened = parquet.ParquetWriter if path.suffix == ".parquet" else pa.ipc.new_stream
            self._writers[path] = opened(str(path), self._schema)
        return self._writers[path]

    def _save(self) -> None:
        """Write the folder that ``datasets.load_from_disk`` reads."""
        import datasets

        saved = {}
        for name in SPLITS:
            table = datasets.table.MemoryMappedTable.from_file(str(self._stream(name)))
            saved[name] = datasets.Dataset(table, fingerprint=content_id(name, *self._ids[name]))
        datasets.disable_progress_bars()
        datasets.DatasetDict(saved).save_to_disk(str(self._folder / "saved"))
        for name in SPLITS:
            self._stream(name).unlink()


def _arrow(pa: Any, name: str) -> Any:
    """Return the column type of a field."""
    special = {
        "schema_version": pa.int64(),
        "compared": pa.int64(),
        "score": pa.float64(),
        "inputs": pa.list_(pa.list_(pa.string())),
        "outputs": pa.list_(pa.string()),
        "tests": pa.list_(pa.string()),
    }
    return special.get(name, pa.string())
