"""docs/audited.md has one row for each grader of the script, of the pinned release, as the script prints."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "benchmarks"))

import audit_others  # noqa: E402
from graders import ALONE, GRADERS, PINNED, records  # noqa: E402

PAGE = (ROOT / "docs" / "audited.md").read_text()
CELLS = r"^\| ([\w -]+) \| ([\w-]+ [\d.]+) \| (\d+) \| (.*?) \| (.*) \|$"


def test_the_page_has_a_row_for_each_grader() -> None:
    rows = re.findall(CELLS, PAGE, re.MULTILINE)
    releases = {**PINNED, **ALONE}
    assert audit_others.HEADING in PAGE
    assert [(name, release) for name, release, *_ in rows] == [
        (name, f"{grader.package} {releases[grader.package]}") for name, grader in GRADERS.items()
    ]


def finding(check: str, got: str, answer: str = "x", what: str = "a thing") -> dict[str, Any]:
    return {"check": check, "what": what, "expected": "no reward", "got": got, "answer": answer}


def test_a_row_tells_apart_what_came_of_answers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paid = [finding("nulls", "raised ValueError: `x`"), finding("nulls", "reward 1", "a`|`" + "b" * 99)]
    broken = [
        finding("exploits", got, what="equality: always equal")
        for got in ("a reply of no meaning", "the judge's process ended", "no verdict after 3 seconds")
    ]
    checks = [
        {
            "check": "reference",
            "outcome": "failed",
            "judged": 1,
            "findings": [finding("reference", "reward 0")],
        },
        {"check": "nulls", "outcome": "failed", "judged": 9, "findings": paid},
        {"check": "exploits", "outcome": "failed", "judged": 82, "findings": broken},
        {"check": "echo", "outcome": "passed", "judged": 6, "findings": []},
        {"check": "leak", "outcome": "skipped", "judged": 0, "findings": []},
    ]
    for file, release in (("old", "verl 0.1"), ("new", "verl 0.2")):
        (tmp_path / file).write_text(json.dumps({"verl gsm8k": {"release": release, "checks": checks}}))
    audit_others.tabulated([str(tmp_path / "old"), str(tmp_path / "new")])
    _, _, line = capsys.readouterr().out.splitlines()
    name, release, passed, counts, examples = re.fullmatch(CELLS, line).groups()  # type: ignore[union-attr]
    assert (name, release, passed) == ("verl gsm8k", "verl 0.2", "1")
    assert counts == (
        "`reference` 1 of 1 (1 not paid); `nulls` 2 of 9 (1 raised, 1 paid); `exploits` 3 of 82 "
        "(1 written on its caller's descriptors, 1 ended it, 1 hung)"
    )
    assert examples.startswith("`'x'` -> reward 0; `\"a'\\|'bbb")
    assert examples.endswith('..."` -> reward 1; equality: always equal -> a reply of no meaning')


def test_the_records_are_what_an_audit_takes() -> None:
    for found in (records.CODE, records.COMPLETION, records.shown_as("#### {}")):
        assert all(type(record["prompt"]) is type(record["reference"]) is str for record in found)
    assert records.shown_as(r"\boxed{{}}")[2]["reference"] == r"\boxed{\frac{5}{6}}"
    space: dict[str, Any] = {}
    exec(
        records.CODE[0]["reference"] + records.CODE[0]["test"], space
    )  # of this repository, not foreign
    space["check"](space["add_up"])
    with pytest.raises(AssertionError):
        space["check"](lambda x, y: x * y)
