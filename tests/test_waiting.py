"""A wait is shown where somebody watches, second by second, and leaves nothing behind."""

import io
import sys
import time

import pytest

from bayesmm.waiting import waiting


class Terminal(io.StringIO):
    def isatty(self):
        return True


def shown(stream, monkeypatch, seconds):
    monkeypatch.setattr(sys, "stderr", stream)
    with waiting("counting sheep", after=0.05, every=0.05):
        time.sleep(seconds)
    monkeypatch.undo()
    return stream.getvalue()


def test_a_terminal_shows_the_reason_and_the_seconds_and_then_nothing(monkeypatch):
    text = shown(Terminal(), monkeypatch, 0.4)
    lines = text.split("\r\x1b[K")
    assert lines[0] == lines[-1] == ""
    assert len(lines) > 3
    assert set(lines[1:-1]) == {"bayesmm: counting sheep, 0 s"}


def test_a_short_wait_is_not_shown(monkeypatch):
    assert shown(Terminal(), monkeypatch, 0.0) == ""


def test_a_file_has_no_such_lines(monkeypatch):
    assert shown(io.StringIO(), monkeypatch, 0.2) == ""


def test_no_standard_error_is_no_error(monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)
    with waiting("counting sheep", after=0.0):
        pass


def test_an_error_passes_and_ends_the_count(monkeypatch):
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    with pytest.raises(ValueError, match="wolf"), waiting("counting sheep", after=0.01, every=0.01):
        time.sleep(0.1)
        raise ValueError("wolf")
    before = stream.getvalue()
    time.sleep(0.05)
    assert stream.getvalue() == before
