"""What costs much is made once, however many threads want it, and kept within a bound."""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from verigym.errors import Cancelled
from verigym.sandbox.languages.once import Once
from verigym.sandbox.scope import Scope


def texts(most: int = 100) -> Once[str]:
    return Once(most, lambda text: None if text == "secret" else len(text))


def test_it_is_made_once() -> None:
    kept, made = texts(), []
    for _ in range(3):
        assert kept.get("key", lambda: made.append(1) or "value") == "value"
    assert len(made) == 1
    kept.clear()
    kept.get("key", lambda: made.append(1) or "value")
    assert len(made) == 2


def test_threads_that_want_the_same_wait_for_the_one_that_makes_it() -> None:
    kept, made = texts(), []
    gate = threading.Barrier(8)

    def make() -> str:
        made.append(1)
        time.sleep(0.1)
        return "value"

    def ask(number: int) -> str:
        gate.wait()
        return kept.get("key", make)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(8))) == ["value"] * 8
    assert len(made) == 1


def test_threads_that_want_different_things_do_not_wait() -> None:
    kept = texts()
    both = threading.Barrier(2, timeout=5)

    def make() -> str:
        both.wait()  # only passes when the other is being made too
        return "value"

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(lambda key: kept.get(key, make), "ab")) == ["value"] * 2


def test_what_raises_is_not_kept_and_everybody_tries_on_their_own() -> None:
    kept, tried = texts(), []
    gate = threading.Barrier(4)

    def make() -> str:
        tried.append(1)
        time.sleep(0.02)
        raise OSError("no")

    def ask(number: int) -> str:
        gate.wait()
        with pytest.raises(OSError, match="no"):
            kept.get("key", make)
        return "raised"

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ask, range(4))) == ["raised"] * 4
    assert len(tried) == 4
    assert kept.get("key", lambda: "value") == "value"


def test_what_is_not_to_be_kept_is_made_again() -> None:
    kept, made = texts(), []
    for _ in range(2):
        assert kept.get("key", lambda: made.append(1) or "secret") == "secret"
    assert len(made) == 2


def test_those_used_longest_ago_go_first() -> None:
    kept = texts(most=30)
    made: list[str] = []

    def ask(key: str) -> None:
        kept.get(key, lambda: made.append(key) or "x" * 10)

    for key in ("a", "b", "c", "a", "d", "a", "c", "d", "b"):
        ask(key)
    assert made == ["a", "b", "c", "d", "b"]
    kept.get("huge", lambda: "x" * 31)
    ask("b")
    assert made == ["a", "b", "c", "d", "b"], "what never fits pushes nothing out"


def test_who_waits_is_told_when_nobody_waits_for_them() -> None:
    kept, end = texts(), threading.Event()
    maker = threading.Thread(target=lambda: kept.get("key", lambda: str(end.wait(60))))
    maker.start()
    try:
        start = time.perf_counter()
        with Scope(seconds=0.2), pytest.raises(Cancelled):
            kept.get("key", lambda: "mine")
        assert time.perf_counter() - start < 20
    finally:
        end.set()
        maker.join()
    assert kept.get("key", lambda: "mine") == "True"


def test_a_forked_child_waits_for_nobody() -> None:
    kept, end = texts(), threading.Event()
    maker = threading.Thread(target=lambda: kept.get("key", lambda: str(end.wait(60))))
    maker.start()
    while not kept._making:
        time.sleep(0.001)
    child = os.fork()
    if child == 0:
        os._exit(0 if kept.get("key", lambda: "mine") == "mine" else 1)
    end.set()
    maker.join()
    assert os.waitpid(child, 0)[1] == 0
