"""The door to Dask: workers on other machines do what processes do here."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from bayesmm.errors import UsageError
from bayesmm.sampling.versions import library_version
from bayesmm.wording import option

__all__ = ["dask_workers"]

_PATIENCE = 20  # seconds for which the scheduler, and its first worker, are waited for


@contextmanager
def dask_workers(address: str) -> Iterator[None]:
    """Let joblib compute on a Dask cluster.

    Dask repeats the tasks of a worker that is lost on another one.

    `address` is that of the scheduler, ``"tcp://host:8786"``. A `UsageError` says when Dask is not
    installed, the scheduler does not answer or has no workers, or these have another bayesmm.
    """
    if find_spec("distributed") is None:
        raise UsageError(
            f"{option('cluster')} needs Dask; install the extra: pip install 'bayesmm[cluster]'."
        )
    from distributed import Client  # noqa: PLC0415  (a second; only for a cluster)
    from joblib import parallel_config  # noqa: PLC0415

    try:
        client = Client(address, timeout=_PATIENCE, set_as_default=False)
    except (OSError, ValueError) as problem:
        reason = " ".join(str(problem).split())
        raise UsageError(
            f"No scheduler answers at {option('cluster', address)}: {reason}. Start one with "
            "'dask scheduler' and workers with 'dask worker ADDRESS'."
        ) from problem
    with client:
        _check_workers(client, address)
        with parallel_config(backend="dask", client=client, wait_for_workers_timeout=_PATIENCE):
            yield


def _check_workers(client: Any, address: str) -> None:
    """Raise when there are no workers, or when they would compute something else."""
    try:
        client.wait_for_workers(1, timeout=_PATIENCE)
    except TimeoutError as problem:
        raise UsageError(
            f"The cluster at {address} has no workers; start some with 'dask worker {address}'."
        ) from problem
    here = library_version("bayesmm")
    there = {who: _told(version) for who, version in client.run(
        _version_there, on_error="return").items()}  # fmt: skip
    other = {who: version for who, version in there.items() if version != here}
    if other:
        who, version = next(iter(other.items()))
        raise UsageError(
            f"The worker {who} has {version}, and here is bayesmm {here}: install the same on "
            "every worker."
        )


def _version_there() -> str:
    return library_version("bayesmm")


def _told(version: object) -> str:
    return version if isinstance(version, str) else f"no bayesmm ({version})"
