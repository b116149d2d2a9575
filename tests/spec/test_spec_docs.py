"""docs/spec.md is true: its example runs, and what it lists is there."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

from verigym.envs.spec.loading import KINDS, Spec

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "spec.md").read_text(encoding="utf-8")


def test_the_example_runs() -> None:
    source = "".join(re.findall(r"^```pycon\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
    test = doctest.DocTestParser().get_doctest(source, {}, "docs/spec.md", None, None)
    assert len(test.examples) > 5
    result = doctest.DocTestRunner().run(test)
    assert result.failed == 0


def test_fields_and_families_are_there() -> None:
    table = PAGE.partition("| file | field |")[2].partition("\n\n")[0].splitlines()[2:]
    fields = {name for row in table for name in re.findall(r"`(\w+)`", row.split("|")[2])}
    there = set(Spec.__dataclass_fields__)
    assert {"statement", "tests", "reference", "entry_points", "kind", "lazy"} <= fields <= there
    families = re.findall(r"^\| `spec/(\w+)` \|", PAGE, re.MULTILINE)
    assert set(families) <= set(KINDS)
    assert {"properties", "contracts", "metamorphic"} <= set(families)
