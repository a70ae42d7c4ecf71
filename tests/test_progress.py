"""The bars of sampling: what they say, and that a short run has none."""

import re
import sys
from io import StringIO
from types import SimpleNamespace

import pytest
from rich.console import Console

import bayesmm.sampling.progress as module
from bayesmm.sampling.progress import SamplingProgress


@pytest.fixture
def clock(monkeypatch):
    """Return a clock that stands until it is moved."""
    now = SimpleNamespace(seconds=100.0)
    monkeypatch.setattr(module, "perf_counter", lambda: now.seconds)
    return now


def chains(*states):
    return [SimpleNamespace(finished_draws=f, divergences=d) for f, d in states]


def lines(console):
    return [" ".join(line.split()) for line in console.file.getvalue().splitlines() if line]


def wide():
    return Console(file=StringIO(), width=120)


def test_every_chain_has_its_draws_rate_divergences_and_time_left(clock):
    console = wide()
    with SamplingProgress(4 * 1000, 4, console) as bars:
        clock.seconds += 1
        bars.follow(chains((100, 0), (50, 1), (0, 0), (0, 0)))
        clock.seconds += 1
        bars.follow(chains((200, 0), (1000, 2), (250, 3), (0, 0)))
        words = [module._words(state, 1000) for state in bars._states]
    assert words == [
        {"rate": "100/s", "diverged": "0 divergences", "left": "8.0 s left"},
        {"rate": "500/s", "diverged": "2 divergences", "left": "in 2.0 s"},
        # its first draw came after the first call, so it began then
        {"rate": "250/s", "diverged": "3 divergences", "left": "3.0 s left"},
        {"rate": "waiting", "diverged": "", "left": ""},
    ]


def test_a_finished_chain_keeps_its_time(clock):
    bars = SamplingProgress(2 * 1000, 2, wide())
    with bars:
        clock.seconds += 1
        bars.follow(chains((1000, 1), (10, 0)))
        clock.seconds += 9
        bars.follow(chains((1000, 1), (900, 0)))
        assert module._words(bars._states[0], 1000)["left"] == "in 1.0 s"
        assert module._words(bars._states[0], 1000)["diverged"] == "1 divergence"


def test_the_bars_end_complete(clock):
    console = wide()
    with SamplingProgress(2 * 100, 2, console) as bars:
        clock.seconds += 1
        bars.follow(chains((40, 0), (30, 2)))
    assert [re.sub(r"[━╸╺]+ ", "", line) for line in lines(console)] == [
        "Chain 1 100/100 draws 100/s 0 divergences in 1.0 s",
        "Chain 2 100/100 draws 100/s 2 divergences in 1.0 s",
    ]


def test_many_chains_are_one_bar(clock):
    console = wide()
    with SamplingProgress(20 * 100, 20, console) as bars:
        clock.seconds += 2
        bars.follow(chains(*[(50, 1)] * 20))
        clock.seconds += 2
    (line,) = lines(console)
    assert line.startswith("20 chains ") and "2000/2000 draws" in line
    assert "20 divergences" in line


def test_a_short_run_has_one_line_and_loads_nothing(clock, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "rich.progress", None)  # importing it fails
    with SamplingProgress(2 * 100, 2) as bars:
        clock.seconds += 0.25
        bars.follow(chains((100, 0), (90, 1)))
    assert capsys.readouterr().err == (
        "Sampled 2 chains: 200/200 draws in 0.2 s, 800/s, 1 divergence\n"
    )


def test_a_run_that_failed_is_not_shown_as_complete(clock, capsys):
    console = wide()
    with pytest.raises(KeyError), SamplingProgress(200, 2, console) as bars:
        clock.seconds += 1
        bars.follow(chains((40, 0), (30, 2)))
        raise KeyError
    assert "40/100 draws" in lines(console)[0]
    with pytest.raises(KeyError), SamplingProgress(200, 2):
        raise KeyError
    assert capsys.readouterr().err == ""


def test_in_a_notebook_one_display_is_written_again(clock, monkeypatch):
    """With what every notebook has: no package for widgets."""
    written = []

    class Handle:
        def update(self, bundle, *, raw, metadata):
            assert raw
            written.append((bundle, metadata))

    def display(bundle, *, raw, metadata, display_id):
        assert raw and display_id is True
        written.append((bundle, metadata))
        return Handle()

    shell = SimpleNamespace(kernel=object())
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    monkeypatch.setitem(sys.modules, "IPython.display", SimpleNamespace(display=display))
    monkeypatch.setitem(sys.modules, "rich.progress", None)  # importing it fails
    assert module.is_watched()
    with SamplingProgress(2 * 100, 2) as bars:
        clock.seconds += 1
        bars.follow(chains((40, 0), (30, 2)))
    shown = [bundle["text/plain"].splitlines() for bundle, _ in written]
    assert "40/100 draws  40/s  0 divergences" in "".join(map("\n".join, shown))
    assert shown[-1][1].startswith("Chain 2") and "100/100 draws" in shown[-1][1]
    assert all(metadata == {"bayesmm": "progress"} for _, metadata in written)
    assert written[-1][0]["text/html"].startswith("<pre>Chain 1")


@pytest.mark.slow
def test_a_real_notebook_shows_the_bars():
    import nbformat
    from nbclient import NotebookClient

    code = """
from time import sleep
from types import SimpleNamespace as Chain
from threading import Thread
from bayesmm.sampling.progress import SamplingProgress

def follow(bars):
    for done in (10, 60, 100):
        sleep(0.4)
        bars.follow([Chain(finished_draws=done, divergences=0)])

with SamplingProgress(100, 1) as bars:
    thread = Thread(target=follow, args=(bars,))  # as the sampler calls it
    thread.start()
    thread.join()
"""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    (output,) = notebook.cells[0].outputs
    assert output.output_type == "display_data" and output.metadata == {"bayesmm": "progress"}
    assert "100/100 draws" in output.data["text/plain"]
