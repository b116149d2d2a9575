"""Arrays and tables cross as plain data, to whoever knows of such; nothing in them is run."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import numpy
import pytest

from verigym.sandbox.inside import arrays, plain
from verigym.sandbox.inside.guest import ANSWER_CALLS, RUN_TESTS

INSIDE = Path(plain.__file__).parent
BARE = f"""
import sys, types
for name in ("verigym", "verigym.sandbox", "verigym.sandbox.inside"):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__path__ = [{str(INSIDE)!r}]
"""
"""The library's outer packages without their contents, as in the sandbox."""


def through(value: Any) -> Any:
    tree = plain.loads(plain.dumps(arrays.encode(value)))
    tag, body = plain.untag(tree, tuple(arrays.DECODERS))
    return arrays.DECODERS[tag](body)


@pytest.mark.parametrize(
    "array",
    [
        numpy.arange(6).reshape(2, 3), numpy.arange(6).reshape(2, 3).T, numpy.array([1.5, numpy.nan, -0.0, numpy.inf]),
        numpy.array([True, False]), numpy.array(5), numpy.zeros((0, 3)), numpy.array(["a", "bcd"]), numpy.array([b"x", b"yz"]),
        numpy.array([1, 2], "u1"), numpy.array([1.5], "f4"), numpy.array([1 + 2j]), numpy.array([2**63], "u8"), numpy.array([1], ">i4"),
        numpy.array([None, "x", [1]], "O"), numpy.array(["2020-01-01"], "M8[D]"), numpy.array([5], "m8[ns]"),
    ],
    ids=lambda array: array.dtype.str,
)  # fmt: skip
def test_an_array_comes_back_with_its_type_and_shape(array: Any) -> None:
    again = through(array)
    assert again.shape == array.shape
    assert again.dtype == array.dtype
    assert repr(again.tolist()) == repr(array.tolist())


def test_a_numpy_number_is_a_number_and_nothing_else_is_one() -> None:
    for value, expected in (
        (numpy.int64(5), 5),
        (numpy.bool_(True), True),
        (numpy.float32(0.5), 0.5),
        (numpy.uint64(2**63), 2**63),
    ):
        assert plain.decode(arrays.encode_number(value)) == expected
        assert type(plain.decode(arrays.encode_number(value))) is type(expected)
    for other in (object(), numpy.array([1]), numpy.datetime64("2020-01-01"), numpy.longdouble(1), int, numpy.int64):  # fmt: skip
        with pytest.raises(plain.NotPlain):
            arrays.encode_number(other)


def test_an_array_of_anything_else_is_no_data() -> None:
    for array in (
        numpy.array([object()]),
        numpy.zeros(2, [("a", "i4")]),
        numpy.array([numpy.longdouble(1)]),
    ):
        with pytest.raises(plain.NotPlain):
            arrays.encode(array)
    assert arrays.encode(5) is arrays.encode(object()) is None


@pytest.mark.parametrize(
    "body",
    [
        ["<i8", [2], [1]], ["<i8", [-1], []], ["<i8", [10**9], []], ["<i8", [1.0], [1]], ["<i8", [True], [1]], ["V8", [1], [1]], ["i8,i8", [1], [1]],
        ["object", [1], [1]], ["<i8", [1], ["x"]], ["<i8", [1], [{"int": "0x" + "f" * 40}]], ["<U1000000000", [1], [5, 6]], ["<i8", "x", [1]],
        [{}, [1], [1]], [5, [1], [1]], ["<i8", [1]], {}, "x", None, 5, ["<i8", None, [1]], ["<M8[nonsense]", [1], [1]], ["<i8", [1], [[1]]],
        ["<i8", [1], [{"set": [[1]]}]], ["<M8[zz]", [1], [1]], ["O", [1] * 100, [1]], ["<i8", [1], {"list": 1}],
    ],
    ids=repr,
)  # fmt: skip
def test_a_broken_array_is_refused(body: Any) -> None:
    decode = plain.decoder(arrays.DECODERS)
    for tag in arrays.DECODERS:
        if tag == "ndarray" or "pandas" in sys.modules:
            with pytest.raises(plain.NotPlain):
                decode({tag: body})
    wide = decode({"ndarray": ["<U1000000000", [2], ["a", "bc"]]})  # as wide as its members, no wider
    assert wide.nbytes < 100


# ------------------------------------------------------------------ between tests and candidate


def verdict(tests: str, answer: str) -> dict[str, Any]:
    """What the tests' process says, outside any sandbox: with the libraries of this interpreter."""
    jobs = (
        {"sources": [textwrap.dedent(answer)], "entry_point": "f"},
        {"entry_point": "f", "tests": textwrap.dedent(tests), "preamble": ""},
    )
    results = []
    mine, theirs = socket.socketpair()
    processes = []
    for job, program, channel in zip(jobs, (ANSWER_CALLS, RUN_TESTS), (mine, theirs), strict=True):
        data, result = os.memfd_create("data"), os.memfd_create("result")
        os.pwrite(data, json.dumps(job).encode(), 0)
        moves = f"import os\nfor a, b in (({data},103),({result},104),({channel.fileno()},105)): os.dup2(a, b)\nfor n in (3,4,5): os.dup2(100+n, n)\n"
        command = [sys.executable, "-c", f"{moves}{BARE}{program.decode()}"]
        processes.append(subprocess.Popen(command, pass_fds=(data, result, channel.fileno())))
        channel.close()
        results.append(result)
    try:
        processes[1].wait(20)
    finally:
        for process in processes:
            process.kill()
            process.wait()
    found: dict[str, Any] = json.loads(os.pread(results[1], 1 << 20, 0))
    return found


def expecting(*wrongly: str) -> str:
    """Tests that pass when none of these expectations is met."""
    return f"""
import numpy as np
for expects in {wrongly!r}:
    try: met = eval(expects) is not False
    except Exception: continue
    assert not met, expects
"""


def test_arrays_travel_where_the_tests_use_them() -> None:
    tests = """
        import numpy as np
        r = f(np.array([[1, 2], [3, 4]]))
        assert type(r) is np.ndarray and r.dtype == np.int64 and r.tolist() == [[2, 4], [6, 8]]
        np.testing.assert_allclose(f(np.array([0.1, 0.2])), [0.2, 0.4])
        assert f(np.float64(1.5)) == 3 and f(np.int64(2)) == 4
        assert f({"k": [np.array([1])]}) is None
    """
    right = "def f(x): return None if isinstance(x, dict) else x * 2"
    found = verdict(tests, right)
    assert found["failure"] is None, found
    assert found["calls"] == 5
    assert verdict(tests, right.replace("* 2", "* 3"))["failure"]["raised"] == "AssertionError"
    lie = """
        class L:
            dtype = shape = property(lambda s: s)
            def __getattr__(self, name): return lambda *a, **k: True
            __eq__ = lambda s, o: s
            def __array__(self, *a, **k): return None
        def f(x): return L()
    """
    assert verdict(expecting("(f(1) == np.array([1])).all()", "f(1).any()", "np.allclose(f(1), [1])", "np.testing.assert_equal(f(1), 1)", "np.array_equal(f(1), [1])", "f(1).dtype == np.int64"), lie)["failure"] is None  # fmt: skip


def test_an_array_is_nothing_to_tests_that_do_not_use_them() -> None:
    answer = "import numpy\ndef f(x): return numpy.array(x)"
    tests = expecting("f([1]) == [1]", "not f([]) != [1]", "len(f([1])) == 1", "all(f([]) == [])")
    assert verdict(tests.replace("import numpy as np", ""), answer)["failure"] is None
    assert verdict(tests, answer)["failure"] is not None
    again = verdict("assert f(f([1, 2])) != 5", "import numpy\ndef f(x): return numpy.array(x) + 1")
    assert (again["failure"], again["unfit"]) == (None, None)
    number = "import numpy\ndef f(x): return [numpy.int64(x), {numpy.int8(3): numpy.bool_(True)}]"
    assert verdict("r = f(2)\nassert r == [2, {3: True}] and type(r[0]) is int", number)["failure"] is None  # fmt: skip


def test_tables_travel_where_the_tests_use_them() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": [1, 2], "b": ["x", None], "c": [0.5, numpy.nan]}, index=[7, 8])
    pandas.testing.assert_frame_equal(through(frame), frame)
    for value in (frame["a"], frame["b"], pandas.Series([True], name=5), pandas.Series(pandas.to_datetime(["2020-01-01"]))):  # fmt: skip
        pandas.testing.assert_series_equal(through(value), value)
    for index in (frame.index, frame.columns, pandas.RangeIndex(3, name="r")):
        pandas.testing.assert_index_equal(through(index), index)
    tests = """
        import pandas as pd
        df = pd.DataFrame({"a": [3, 1], "b": ["x", "y"]})
        pd.testing.assert_frame_equal(f(df), pd.DataFrame({"a": [1, 3], "b": ["y", "x"]}, index=[1, 0]))
    """
    right = "def f(df): return df.sort_values('a')"
    assert verdict(tests, right)["failure"] is None
    assert verdict(tests, "def f(df): return df")["failure"] is not None
    lie = "class L:\n    def equals(self, o): return True\ndef f(df): return L()"
    assert verdict("import pandas as pd\nassert f(1).equals(pd.Series([1]))", lie)["failure"] is not None  # fmt: skip
