"""Items that another thread makes before they are asked for."""

import threading

import pytest

from bayesmm.model.ahead import made_ahead


def test_what_is_made_ahead_comes_in_order_and_no_more_than_is_asked_for():
    """Fails if the order is another, an error is lost, or a thread goes on after the last asker."""
    assert list(made_ahead(iter(range(7)))) == list(range(7))
    assert list(made_ahead(iter(()))) == []

    def three():
        yield from range(3)
        raise ValueError("the fourth")

    found = made_ahead(three())
    assert [next(found) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="the fourth"):
        next(found)

    made = []
    threads = threading.active_count()
    some = made_ahead(made.append(k) or k for k in range(100))
    assert next(some) == 0
    some.close()
    assert len(made) <= 4
    assert threading.active_count() == threads
