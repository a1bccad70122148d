"""What all browsers share is made once, and only those wait who need it."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest

from explorer.app import backend
from explorer.core.keyed_cache import KeyedCache

# A thread that is not through by then never will be.
LATEST = 20
# Long enough for a thread that does not wait to be through.
BRIEF = 0.2


def test_who_asks_while_it_is_made_gets_the_same():
    begun, may_end, made = Event(), Event(), []

    def make(name):
        begun.set()
        assert may_end.wait(LATEST)
        made.append(name)
        return object()

    cache = KeyedCache(make, 2)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(cache, "a")
        assert begun.wait(LATEST)
        second = pool.submit(cache, "a")
        may_end.set()
        assert first.result(LATEST) is second.result(LATEST)
    assert made == ["a"]


def test_nobody_waits_for_what_others_need():
    both = Barrier(2, timeout=LATEST)
    cache = KeyedCache(lambda name: both.wait() * 0 + len(name), 2)
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(cache, ["a", "bb"])) == [1, 2]


def test_the_latest_few_are_kept():
    made = []

    def make(name):
        made.append(name)
        return name

    cache = KeyedCache(make, 2)
    for name in ("a", "b", "a", "c", "a", "b"):
        cache(name)
    assert made == ["a", "b", "c", "b"]


def test_what_failed_is_tried_again():
    answers = iter([OSError("no"), "yes"])

    def make(name):
        answer = next(answers)
        if isinstance(answer, OSError):
            raise answer
        return answer

    cache = KeyedCache(make, 1)
    with pytest.raises(OSError, match="no"):
        cache("a")
    assert cache("a") == "yes"
    cache.cache_clear()
    with pytest.raises(StopIteration):
        cache("a")


def test_nothing_is_not_kept():
    answers = iter([None, "there"])
    cache = KeyedCache(lambda name: next(answers), 1)
    assert [cache("a"), cache("a"), cache("a")] == [None, "there", "there"]


def test_a_value_from_elsewhere_is_not_computed():
    cache = KeyedCache(lambda *numbers: sum(numbers), 1)
    assert (1, 2) not in cache
    cache.put((1, 2), 7)
    assert (1, 2) in cache
    assert cache(1, 2) == 7
    assert cache(1, 3) == 4
    assert (1, 2) not in cache


def test_an_argument_by_name_is_refused():
    with pytest.raises(TypeError, match="give name by position"):
        KeyedCache(len, 1)(name="a")


def test_what_is_computed_ahead_lets_pages_pass():
    begun, order = Event(), []

    def ahead():
        begun.set()
        backend.yield_to_pages()
        order.append("ahead")

    with ThreadPoolExecutor(1) as pool:
        with backend._page_waiting():
            later = pool.submit(ahead)
            assert begun.wait(LATEST)
            with pytest.raises(TimeoutError):
                later.result(BRIEF)
            order.append("page")
        later.result(LATEST)
    assert order == ["page", "ahead"]
