"""A real Dask cluster of processes on this machine; a worker of it is killed in the middle."""

import os
import signal
import threading
import time

import pandas as pd
import pytest

import bayesmm
from bayesmm.errors import UsageError

pytest.importorskip("distributed")
pytestmark = [
    pytest.mark.slow,
    # what a killed worker leaves behind is of Dask, whose loops close at the end of the process
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning"),
]


@pytest.fixture
def cluster():
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as made:
        yield made


def test_a_killed_worker_changes_nothing(cluster, tmp_path):
    """One of two workers is killed when some results are there: Dask repeats its task.

    It fails when a task that is repeated has other seeds, and when a lost worker ends the study.
    """
    data = bayesmm.load_data("sleepstudy")
    ml = bayesmm.ml("Reaction ~ Days + (Days | Subject)", data)
    path = tmp_path / "kept.jsonl"
    killed = []

    def kill():
        while not path.exists() or len(path.read_text().splitlines()) < 6:
            time.sleep(0.02)
        worker = next(iter(cluster.workers.values()))
        killed.append(worker.pid)
        os.kill(worker.pid, signal.SIGKILL)

    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    there = bayesmm.bootstrap(
        ml, n=150, seed=5, cluster=cluster.scheduler_address, checkpoint=path, progress=False
    )
    killer.join(timeout=30)
    assert killed, "no worker was killed before the study was over"
    here = bayesmm.bootstrap(ml, n=150, seed=5, cores=1, progress=False)
    pd.testing.assert_frame_equal(there.replicates, here.replicates)
    assert there.singular == here.singular


def test_workers_with_another_version_are_refused(cluster, monkeypatch):
    from bayesmm.studies import cluster as door

    monkeypatch.setattr(door, "library_version", lambda _name: "0.0.0")
    ml = bayesmm.ml("mpg ~ wt", bayesmm.load_data("mtcars"))
    with pytest.raises(UsageError, match=r"and here is bayesmm 0\.0\.0"):
        bayesmm.bootstrap(ml, n=20, cluster=cluster.scheduler_address, progress=False)
