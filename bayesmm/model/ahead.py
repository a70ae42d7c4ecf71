"""Work on items that come one by one, some of it done ahead, results in their order."""

import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

__all__ = ["in_order", "made_ahead"]

_END = object()


def in_order[Item, Result](
    work: Callable[[Item], Result], items: Iterable[Item], most: int | None = None
) -> Iterator[Result]:
    """Yield the results of some work on every item, in the order of the items.

    As many items as there are processors are worked on at a time, by threads: the numbers do not
    depend on how many these are.

    At most `most`, where each takes much memory.
    """
    workers = min(os.process_cpu_count() or 1, most or sys.maxsize)
    waiting: deque[Future[Result]] = deque()
    pool = ThreadPoolExecutor(workers)
    try:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) > workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:  # also where no more are asked for
        pool.shutdown(cancel_futures=True)


def made_ahead[Item](items: Iterator[Item], ahead: int = 2) -> Iterator[Item]:
    """Yield items in their order, a few of which another thread has made before they are asked for.

    Nothing else may use `items`; what it raises is raised here in its place. `ahead` of them are in
    memory before they are needed.
    """
    pool = ThreadPoolExecutor(1)
    try:
        waiting = deque(pool.submit(next, items, _END) for _ in range(ahead))
        while (item := waiting.popleft().result()) is not _END:
            waiting.append(pool.submit(next, items, _END))
            yield item
    finally:  # also where no more are asked for
        pool.shutdown(cancel_futures=True)
