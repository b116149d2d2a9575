"""A malformed file is one clear error of every family that reads it, alone or among others."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_dimacs import REFUSED

import verigym
from verigym.errors import FormatError, VerigymError

FAMILIES = ("sat/solve", "sat/decide", "sat/mus", "sat/count")


@pytest.mark.parametrize("text", REFUSED)
def test_a_malformed_file_is_an_error_that_names_it(text: str, tmp_path: Path) -> None:
    path = tmp_path / "broken.cnf"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    (tmp_path / "a.cnf").write_text("p cnf 1 1\n1 0\n")
    for name in FAMILIES:
        for data in (path, tmp_path):
            with pytest.raises(FormatError) as error:
                verigym.family(name, data=data)
            assert "broken.cnf:" in str(error.value)
            assert "\n" not in str(error.value)


def test_no_published_file_is_posed_wrongly(data: Path, tmp_path: Path) -> None:
    """Cut in the middle, or with another count, a published file is refused."""
    refused = 0
    for file in sorted((data / "dimacs").glob("*.cnf"))[::4]:
        text = file.read_text("latin-1")
        lines = text.splitlines(keepends=True)
        header = next(i for i, line in enumerate(lines) if line.startswith("p cnf"))
        _, _, variables, clauses = lines[header].split()
        if int(clauses) < 2 or not 0 < int(variables) < 3_000:
            continue
        changed = [
            "".join(lines[: header + 1 + (len(lines) - header) // 2]),
            text.replace(lines[header], f"p cnf {variables} {int(clauses) + 1}\n"),
            text.replace(lines[header], f"p cnf {variables} {int(clauses) - 1}\n"),
            text.replace(lines[header], ""),
        ]
        for i, wrong in enumerate(changed):
            path = tmp_path / f"{i}.cnf"
            path.write_text(wrong, "latin-1")
            with pytest.raises(VerigymError, match=rf"{i}\.cnf:"):
                verigym.family("sat/decide", data=path)
            refused += 1
    assert refused > 40
