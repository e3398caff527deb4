"""Items judged in a pool of warm sessions: in parallel, resumable at the item, results in the order of the items."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self, TypeVar

from seqplay.errors import SeqplayError, bug_report
from seqplay.files import content_id
from seqplay.records import Record
from seqplay.runtime.partial import PartialFile
from seqplay.runtime.progress import StageProgress

Item = TypeVar("Item")
Result = TypeVar("Result", bound=Record)


class Pool(Protocol):
    """Warm sessions that several threads may use at once."""

    @property
    def workers(self) -> int:
        """How many items are worked on at once."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


Sessions = TypeVar("Sessions", bound=Pool)


@contextmanager
def run_resumable(
    items: Sequence[Item],
    judge: Callable[[Sessions, Item], Result],
    kind: type[Result],
    output: Path,
    *,
    item_key: Callable[[Item], str],
    result_key: Callable[[Result], str],
    pool: Callable[[], Sessions],
    fingerprint: str,
    label: str,
    failed: Callable[[Item, str], Result] | None = None,
) -> Iterator[list[Result]]:
    """Judge every item in a pool of warm sessions; give the results, in the order of the items, to a ``with`` block.

    The block writes ``output``; until it has ended, finished items are kept in the partial file of ``output``, unless
    ``fingerprint`` (the settings that decide a result) has changed. The jail and the sessions start only where
    something is left to do.

    Where ``judge`` itself breaks on an item, ``failed`` gives that item's result from the line to report; the stage
    goes on. A user's or an environment's mistake ends it, as does anything where there is no ``failed``.
    """
    keys = [item_key(item) for item in items]
    with PartialFile(output, kind, result_key, content_id(fingerprint, *keys)) as partial:
        todo = [item for item in items if item_key(item) not in partial.done]
        if todo:
            with (
                pool() as sessions,
                ThreadPoolExecutor(sessions.workers) as threads,
                StageProgress(label, len(items), len(items) - len(todo)) as progress,
            ):
                # As they finish: in the order of the items, one that is slow would hold back, and a kill lose, all that
                # were finished behind it.
                running = [threads.submit(_judged, sessions, item, judge, failed) for item in todo]
                try:
                    for finished in as_completed(running):
                        partial.append(finished.result())
                        progress.advance()
                except BaseException:
                    threads.shutdown(wait=False, cancel_futures=True)
                    raise
        yield [partial.done[key] for key in keys]
        partial.discard()


def _judged(
    sessions: Sessions,
    item: Item,
    judge: Callable[[Sessions, Item], Result],
    failed: Callable[[Item, str], Result] | None,
) -> Result:
    try:
        return judge(sessions, item)
    except SeqplayError:
        raise
    except Exception as error:
        if failed is None:
            raise
        logging.exception("an item failed")
        return failed(item, bug_report(error))
