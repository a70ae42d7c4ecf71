"""Studies go on where they stopped, and give the same results wherever they are computed."""

import json

import numpy as np
import pandas as pd
import pytest

import bayesmm
from bayesmm.errors import UsageError
from bayesmm.studies.tasks import Study, Workers, run_tasks


def noted(shared, number, seeds):
    """Return a random number of the task's own; write down that it was computed."""
    shared.append(number)
    return {"value": float(np.random.default_rng(seeds).normal())}


def study(calls, seed=3, **identity):
    return Study("test", noted, calls, seed, identity)


def test_results_come_in_order_and_fewer_are_the_first_of_more():
    few, more = (run_tasks(study([]), n, Workers(cores=1)) for n in (3, 6))
    assert few == more[:3]
    assert run_tasks(study([], seed=4), 3, Workers()) != few
    # the seeds of a task are those that SeedSequence spawns
    spawned = [float(np.random.default_rng(s).normal()) for s in np.random.SeedSequence(3).spawn(3)]
    assert [result["value"] for result in few] == spawned


def test_a_stopped_study_goes_on(tmp_path):
    """Broken on purpose by not writing results as they come: everything is computed again."""
    path, calls = tmp_path / "kept.jsonl", []

    def stopping(shared, number, seeds):
        if number == 4:
            raise KeyboardInterrupt
        return noted(shared, number, seeds)

    whole = run_tasks(study([]), 6, Workers(cores=1))
    with pytest.raises(KeyboardInterrupt):
        run_tasks(Study("test", stopping, calls, 3, {}), 6, Workers(cores=1, checkpoint=path))
    assert calls == [0, 1, 2, 3]
    with path.open("a") as file:  # a line that was being written when the process was killed
        file.write('{"task": 4, "resu')
    assert run_tasks(study(calls), 6, Workers(cores=1, checkpoint=path)) == whole
    assert calls == [0, 1, 2, 3, 4, 5]
    assert run_tasks(study(calls), 6, Workers(cores=1, checkpoint=path)) == whole
    assert len(calls) == 6
    assert all(json.loads(line) for line in path.read_text().splitlines())


def test_a_checkpoint_of_another_study_is_refused_and_left(tmp_path):
    path = tmp_path / "kept.jsonl"
    run_tasks(study([], rows="abc"), 2, Workers(checkpoint=path))
    before = path.read_bytes()
    for other, what in ((study([], seed=9, rows="abc"), "seed"), (study([], rows="abd"), "rows")):
        with pytest.raises(UsageError, match=f"another study: its {what} is"):
            run_tasks(other, 2, Workers(checkpoint=path))
    assert path.read_bytes() == before
    for text in ("a,b\n1,2\n", "", "[1]\n", '{"format": 1}\n{"task": {}}\n'):
        path.write_text(text)
        with pytest.raises(UsageError, match="no checkpoint of a study"):
            run_tasks(study([]), 2, Workers(checkpoint=path))
        assert path.read_text() == text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cores": 0}, "cores must be a whole number of at least 1"),
        ({"cores": 2, "cluster": "tcp://here:1"}, "give one of them"),
    ],
)
def test_impossible_workers(options, message):
    with pytest.raises(UsageError, match=message):
        Workers(**options)


def test_a_cluster_that_does_not_answer_is_told(monkeypatch):
    pytest.importorskip("distributed")
    from bayesmm.studies import cluster

    monkeypatch.setattr(cluster, "_PATIENCE", 0.5)
    with pytest.raises(UsageError, match=r"No scheduler answers at cluster='tcp://127.0.0.1:9'"):
        run_tasks(study([]), 2, Workers(cluster="tcp://127.0.0.1:9"))


@pytest.mark.slow
def test_processes_give_the_same_results(tmp_path):
    """Two processes, one, and a checkpoint of both: the same numbers to the last digit."""
    data = bayesmm.load_data("sleepstudy")
    ml = bayesmm.ml("Reaction ~ Days + (1 | Subject)", data)
    one, two = (bayesmm.bootstrap(ml, n=20, seed=2, cores=c, progress=False) for c in (1, 2))
    pd.testing.assert_frame_equal(one.replicates, two.replicates)
    path = tmp_path / "kept.jsonl"
    bayesmm.bootstrap(ml, n=20, seed=2, cores=2, checkpoint=path, progress=False)
    again = bayesmm.bootstrap(ml, n=20, seed=2, cores=1, checkpoint=path, progress=False)
    pd.testing.assert_frame_equal(one.replicates, again.replicates)
