"""Each exploit of the catalogue works where nothing stops it, and earns nothing on any path of ours."""

from __future__ import annotations

import ast
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from naive import STYLES
from naive_run import Came, naive
from paths import PATHS

from verigym.audit import audit
from verigym.audit.exploits import EXPLOITS, HARMS, KINDS, Exploit

RIGHT = "def f(n):\n    return 2 * n\n"
RIGHT_ON = {
    "sorted_argument": "def f(xs):\n    return sorted(xs)\n",
    "list": "def f(n):\n    return [2 * n]\n",
}

BY_KIND = {
    "early": "asserts",
    "equality": "asserts",
    "limits": "data",
    HARMS: "data",
}
FOOLED = {
    "KeyboardInterrupt": "failures",
    "GeneratorExit": "failures",
    "StopIteration": "map",
    "AssertionError of another kind": "failures",
    "not a number": "difference",
    "infinity": "difference",
    "equal deep inside": "list",
    "text that computes": "asserts",
    "expected value in a frame": "data",
    "cases in a frame": "tuples",
    "source of the tests in a frame": "asserts",
    "constants of the check": "asserts",
    "source of the reference in a frame": "reference",
    "every object there is": "hidden_module",
    "the stack's source": "file",
    "files around it": "folder",
    "its parent's memory": "arguments",
    "descriptors left open": "open_file",
    "modules of the judge": "module",
    "says so on stdout": "words",
    "JSON verdict everywhere": "report",
    "test report everywhere": "words",
    "result lines everywhere": "lines",
    "result without failure everywhere": "report",
    "frames everywhere": "frames",
    "lengths without end": "frames",
    "marks of success in files": "result_file",
    "result of a pickle": "pickle",
    "a status of success in a frame": "status_list",
    "builtins": "kinds",
    "int and str": "asserts",
    "json": "json",
    "math and numpy": "closeness",
    "unittest": "unittest",
    "names that tests use": "namespace",
    "the check in a frame": "helper",
    "the check by the collector": "helper",
    "tracing": "asserts",
    "profiling": "asserts",
    "its own arguments": "sorted_argument",
    "broken text everywhere": "lines",
    "hangs up": "frames",
    "closes every descriptor": "report",
    "recurses": "report",
    "hangs in repr": "traceback",
    "doubles in depth": "repr",
    "endless generator": "list",
    "chained exceptions": "traceback",
    "result without end": "pickle",
    "equal to anything from the library": "asserts",
}
"""Exploit -> the naive judge that it fools (or breaks), where it is not its kind's."""


def shown(exploit: Exploit, folder: Path) -> Came:
    folder.mkdir()
    style = FOOLED.get(exploit.name) or BY_KIND[exploit.kind]
    nobody = exploit.name == "forks without end"
    patience = 0.8 if exploit.kind in ("limits", HARMS) else 30  # who passes ends by itself
    return naive(style, exploit.answer("f", False), folder, patience, nobody=nobody)


@pytest.fixture(scope="module")
def came(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Came]:
    base = tmp_path_factory.mktemp("naive")
    with ThreadPoolExecutor(4) as pool:
        jobs = [(exploit, base / str(number)) for number, exploit in enumerate(EXPLOITS)]
        return dict(
            zip([e.name for e, _ in jobs], pool.map(lambda job: shown(*job), jobs), strict=True)
        )


def test_the_catalogue_is_what_it_claims() -> None:
    assert len(EXPLOITS) >= 80
    assert len({exploit.name for exploit in EXPLOITS}) == len(EXPLOITS)
    assert len({exploit.source for exploit in EXPLOITS}) == len(EXPLOITS)
    assert {exploit.kind for exploit in EXPLOITS} == set(KINDS)
    for exploit in EXPLOITS:
        for source in (
            exploit.answer("name", False),
            exploit.answer("f", True),
            exploit.answer("A.b", False),
        ):
            ast.parse(source)
            assert "ENTRY" not in source


@pytest.mark.parametrize("style", STYLES)
def test_a_naive_judge_knows_right_from_wrong(style: str, tmp_path: Path) -> None:
    (tmp_path / "right").mkdir()
    (tmp_path / "wrong").mkdir()
    assert naive(style, RIGHT_ON.get(style, RIGHT), tmp_path / "right", 10).passed
    wrong = naive(style, "def f(n):\n    return [0]\n", tmp_path / "wrong", 10)
    assert not wrong.passed
    assert not wrong.harmed


@pytest.mark.parametrize("exploit", EXPLOITS, ids=[exploit.name for exploit in EXPLOITS])
def test_an_exploit_works_where_nothing_stops_it(came: dict[str, Came], exploit: Exploit) -> None:
    found = came[exploit.name]
    if exploit.kind in ("limits", HARMS):
        assert found.passed or found.harmed, found
    else:
        assert found.passed, found


@pytest.mark.parametrize("path", PATHS)
def test_no_exploit_earns_anything_on_a_path_of_ours(path: str) -> None:
    family, records = PATHS[path]
    report = audit(family, data=records, checks=["exploits"])
    assert report.passed, report.text()
    assert report.results[0].judged == len(EXPLOITS)
