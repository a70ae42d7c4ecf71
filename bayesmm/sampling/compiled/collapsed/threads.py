"""Work on many draws by several threads; the result must not depend on how they are cut."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

__all__ = ["in_threads"]


def in_threads(work: Callable[[slice], None], count: int, threads: int) -> None:
    """Call `work` with slices that cover ``range(count)``, each in a thread of its own."""
    threads = max(1, min(threads, count))
    edges = [count * k // threads for k in range(threads + 1)]
    parts = [slice(a, b) for a, b in pairwise(edges)]
    if threads == 1:
        work(parts[0])
        return
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, parts))
