"""Reading other people's records: every broken file is one FamilyError that names the place."""

from __future__ import annotations

import contextlib
import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from verigym.envs import records
from verigym.envs.records import arguments, field, read_records
from verigym.errors import FamilyError


def read(data: Any) -> list[tuple[str, Any]]:
    return list(read_records(data))


def test_lines_are_read_in_order_and_named(tmp_path: Path) -> None:
    path = tmp_path / "some.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"a": 1}\r\n\n  \n{"a": "\xc3\xa9"}')
    assert read(path) == [(f"{path}, line 1", {"a": 1}), (f"{path}, line 4", {"a": "é"})]
    assert read(str(path)) == read(path)


def test_gzip_is_read_like_the_plain_file(tmp_path: Path) -> None:
    path = tmp_path / "some.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"a": 1}\n') + gzip.compress(b'{"a": 2}\n'))
    assert [record for _, record in read(path)] == [{"a": 1}, {"a": 2}]


def test_records_in_memory_are_read_in_order_and_named() -> None:
    expected = [("record 0", {"a": 1}), ("record 1", {"a": (2,)})]
    given = [{"a": 1}, {"a": (2,)}]
    assert read(given) == read(iter(given)) == read(tuple(given)) == expected
    assert read([]) == []


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{", "not JSON"), ("nonsense", "not JSON"), ("[1]", "a list, not an object"), ("null", "a NoneType"),
        ('"text"', "a str"), ("1", "a int"), ('{"a": 1} {"a": 2}', "not JSON"), ('{"a": %s}' % ("9" * 5000), "not JSON"),
        ("[" * 100_000, "not JSON"), ('{"a": "\\ud8', "not JSON"),
    ],
    ids=lambda text: text[:12],
)  # fmt: skip
def test_a_broken_line_is_named(tmp_path: Path, line: str, why: str) -> None:
    path = tmp_path / "some.jsonl"
    path.write_text('{"a": 1}\n\n' + line + "\n")
    with pytest.raises(FamilyError, match=f"{path}, line 3: .*{why}"):
        read(path)


def test_bytes_that_are_no_text_are_named(tmp_path: Path) -> None:
    path = tmp_path / "some.jsonl"
    path.write_bytes(b'{"a": "\xff"}\n')
    with pytest.raises(FamilyError, match="line 1: not JSON"):
        read(path)


@pytest.mark.parametrize("cut", range(1, 30, 4))
def test_a_truncated_gzip_file_is_one_error(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "some.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"a": 1}\n' * 9)[:-cut])
    with pytest.raises(FamilyError, match="cannot read"):
        read(path)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 60))
def test_a_corrupted_gzip_file_is_one_error_or_read(
    tmp_path_factory: Any, noise: bytes, at: int
) -> None:
    path = tmp_path_factory.mktemp("gz") / "some.jsonl.gz"
    good = gzip.compress(json.dumps({"a": "x" * 90}).encode() + b"\n")
    path.write_bytes(good[:at] + noise + good[at + len(noise) :])
    with contextlib.suppress(FamilyError):
        assert all(isinstance(record, dict) for _, record in read(path))


def test_what_is_no_file_is_one_error(tmp_path: Path) -> None:
    for path in (
        tmp_path / "none.jsonl",
        tmp_path,
        str(tmp_path / "a\0b"),
        tmp_path / "none.jsonl.gz",
        "",
    ):
        with pytest.raises(FamilyError, match="cannot read"):
            read(path)


@pytest.mark.parametrize("data", [5, None, b"path.jsonl", {"prompt": "p"}, 1.5, ...], ids=repr)
def test_what_is_neither_path_nor_list_is_refused(data: Any) -> None:
    with pytest.raises(FamilyError, match="a path or a list of records"):
        read(data)


@pytest.mark.parametrize("record", [None, "text", ["prompt"], 5], ids=repr)
def test_a_record_that_is_no_mapping_is_named(record: Any) -> None:
    with pytest.raises(FamilyError, match="record 1 is a"):
        read([{"a": 1}, record])


def test_sizes_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "MAX_LINE", 100)
    monkeypatch.setattr(records, "MAX_RECORDS", 5)
    path = tmp_path / "some.jsonl"
    path.write_text('{"a": 1}\n' * 5)
    assert len(read(path)) == 5
    path.write_text('{"a": 1}\n' * 6)
    with pytest.raises(FamilyError, match="more than 5 records"):
        read(path)
    path.write_text("\n" * 6)
    with pytest.raises(FamilyError, match="empty lines"):
        read(path)
    path.write_text('{"a": 1}\n{"a": "%s"}\n' % ("x" * 100))
    with pytest.raises(FamilyError, match="line 2: longer than 100 bytes"):
        read(path)


def test_fields_are_checked() -> None:
    record = {"a": 1, "b": "x"}
    assert field(record, "a", int, "here") == 1
    with pytest.raises(FamilyError, match="here: no field 'c'"):
        field(record, "c", int, "here")
    with pytest.raises(FamilyError, match="here: field 'a' is a int, not a str"):
        field(record, "a", str, "here")
    assert arguments(record, "here", {"a": int}, ["b", "c"]) == record
    with pytest.raises(FamilyError, match="here: unknown field 'b'; there are a, c"):
        arguments(record, "here", {"a": int}, ["c"])
    with pytest.raises(FamilyError, match="here: no field 'c'"):
        arguments(record, "here", {"a": int, "c": int}, ["b"])
