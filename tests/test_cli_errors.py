"""Whatever is wrong ends as one line on stderr and an exit code: no traceback, and never a reward."""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path
from typing import Any

import pytest

from toy_family import Rogue, Toy
from verigym import family as make
from verigym.bench import jsonl
from verigym.cli import main
from verigym.task import Task

TASK = Toy().sample("test", 0).to_json()
OLD = Task(**{**Task.from_json(TASK)._content(), "version": 7}).to_json()
FOREIGN = Task(family="toy/none", prompt="?", spec={}).to_json()
ANSWER = {"index": 0, "answer": "1"}

FILES: dict[str, Any] = {
    "tasks.jsonl": [TASK],
    "answers.jsonl": [ANSWER],
    "altered.jsonl": [{**TASK, "spec": {"sum": 1}}],
    "old.jsonl": [OLD],
    "foreign.jsonl": [FOREIGN],
    "noprompt.jsonl": [{"family": "toy/sum", "spec": {}}],
    "extra.jsonl": [{**TASK, "reward": 1}],
    "array.jsonl": [[1]],
    "string.jsonl": ["task"],
    "noanswer.jsonl": [{"index": 0}],
    "numberanswer.jsonl": [{"index": 0, "answer": 5}],
    "listanswer.jsonl": [{"index": 0, "answer": ["5"]}],
    "nokey.jsonl": [{"answer": "5"}],
    "bothkeys.jsonl": [{"index": 0, "task_id": TASK["id"], "answer": "5"}],
    "boolindex.jsonl": [{"index": True, "answer": "5"}],
    "farindex.jsonl": [{"index": 9, "answer": "5"}],
    "negative.jsonl": [{"index": -1, "answer": "5"}],
    "numberid.jsonl": [{"task_id": 5, "answer": "5"}],
    "unknown.jsonl": [{"task_id": "0" * 64, "answer": "5"}],
    "pairtask.jsonl": [{"task": "x", "answer": "5"}],
    "pairno.jsonl": [{"answer": "5"}],
    "broken.jsonl": b'{"index": 0, "answer": "5"\n',
    "nan.jsonl": b'{"index": 0, "answer": NaN}\n',
    "deep.jsonl": b"[" * 100_000 + b"\n",
    "number.jsonl": b"9" * 5000 + b"\n",
    "binary.jsonl": b"\x7fELF\x00\xff\xfe\n",
    "escape.jsonl": [{"task_id": "\x1b[2J\n", "answer": "5"}],
    "notresult.jsonl": [{"status": "correct", "reward": 0.5}],
    "mixed.jsonl": [{"hello": 1}],
    "humaneval.jsonl": [
        {
            "task_id": "HumanEval/0",
            "prompt": "def f():\n",
            "entry_point": "f",
            "canonical_solution": "    pass",
            "test": "def check(candidate): pass",
        }
    ],
    "nocases.jsonl": [{"prompt": "?", "entry_point": "f", "cases": []}],
    "noprograms.jsonl": [{"prompt": "?", "cases": []}],
    "broken.cnf": b"p cnf 2 2\n1 2 0\n3 0\n",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, content in FILES.items():
        data = content
        if not isinstance(content, bytes):
            data = "".join(json.dumps(value) + "\n" for value in content).encode()
        (tmp_path / name).write_bytes(data)
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


VERIFY = "verify --tasks tasks.jsonl --answers "
EVAL = "eval toy/sum --count 1 --answers "

BAD = [
    # (command, what the line must say)
    ("", "arguments are required: COMMAND"),
    ("nonsense", "invalid choice: 'nonsense'"),
    ("families --nonsense", "unrecognized arguments: --nonsense"),
    ("show", "required: FAMILY"),
    ("show toy/none", "no family is called 'toy/none'; there are: "),
    ("show toy/sum --set m=3", "no knob 'm'"),
    ("show toy/sum --set n=x", "n is 'x'"),
    ("show toy/sum --set n=true", "n is True"),
    ("show toy/sum --set n=0", "n is 0"),
    ("show toy/sum --set n=NaN", "n is nan"),
    ("show toy/sum --set n", "'n' is not KNOB=VALUE"),
    ("show toy/sum --set =3", "'=3' is not KNOB=VALUE"),
    ("show toy/sum --set n=3 --set n=4", "'n' is set twice"),
    ("show toy/sum --data x", "no knob 'data'; it has n"),
    ("show code/humaneval --data x --set nonsense=1", "no knob 'nonsense'; it has data, timeout"),
    ("show code/humaneval --data none.gz", "cannot read none.gz: No such file"),
    ("show code/humaneval --data folder", "Is a directory"),
    ("show code/humaneval --data mixed.jsonl", "line 1"),
    ("show code/humaneval --data binary.jsonl", "line 1"),
    ("show code/humaneval --data humaneval.jsonl --set timeout=soon", "'soon'"),
    ("show code/humaneval --data humaneval.jsonl", "the tests never call f"),
    ("eval code/humaneval --answers null", "needs data"),
    ("eval code/functions --data nocases.jsonl --answers null", "nothing to test"),
    ("eval code/stdio --data noprograms.jsonl --answers null", "nothing to test"),
    ("eval sat/solve --data broken.cnf --answers null", "broken.cnf"),
    ("eval sat/decide --data binary.jsonl --answers null", "binary.jsonl"),
    ("eval sat/decide --set n=1.5 --answers null", "n is 1.5"),
    ("show toy/sum --index -1", "'-1' is not a whole number from 0 up"),
    ("show toy/sum --index 1e3", "'1e3' is not a whole number"),
    ("show toy/sum --split dev", "split is 'dev'"),
    ("show toy/rogue --index 3", "index is 3; the data holds 3 tasks"),
    ("show toy/rogue --split train", "only the split 'test'"),
    ("tasks toy/sum --count -1", "'-1' is not a whole number from 0 up"),
    ("tasks toy/sum --out folder", "cannot write 'folder': Is a directory"),
    ("tasks toy/sum --out no/such/file", "cannot write 'no/such/file': No such file"),
    ("tasks toy/sum --out /dev/full", "cannot write '/dev/full': No space left"),
    ("verify", "give either PAIRS, or both"),
    ("verify tasks.jsonl --tasks tasks.jsonl --answers answers.jsonl", "give either PAIRS"),
    ("verify --tasks tasks.jsonl", "give either PAIRS"),
    ("verify tasks.jsonl --answers answers.jsonl", "give either PAIRS"),
    ("verify --tasks - --answers -", "only one of"),
    ("verify --tasks none.jsonl --answers answers.jsonl", "cannot read 'none.jsonl': No such file"),
    ("verify --tasks folder --answers answers.jsonl", "cannot read 'folder': Is a directory"),
    ("verify --tasks altered.jsonl --answers answers.jsonl", "line 1: task id"),
    ("verify --tasks old.jsonl --answers answers.jsonl", "version 7 of toy/sum, this is version 1"),
    ("verify --tasks foreign.jsonl --answers answers.jsonl", "no family is called 'toy/none'"),
    ("verify --tasks noprompt.jsonl --answers answers.jsonl", "no field 'prompt'"),
    ("verify --tasks extra.jsonl --answers answers.jsonl", "unknown field 'reward'"),
    ("verify --tasks array.jsonl --answers answers.jsonl", "line 1: a task is a JSON object"),
    ("verify --tasks broken.jsonl --answers answers.jsonl", "line 1 is not JSON"),
    ("verify --tasks binary.jsonl --answers answers.jsonl", "line 1 is not UTF-8"),
    (VERIFY + "none.jsonl", "cannot read 'none.jsonl'"),
    (VERIFY + "folder", "cannot read 'folder'"),
    (VERIFY + "array.jsonl", "expected a JSON object, not an array"),
    (VERIFY + "string.jsonl", "expected a JSON object, not a string"),
    (VERIFY + "noanswer.jsonl", "no field 'answer'"),
    (VERIFY + "numberanswer.jsonl", "'answer' must be a string, not a number"),
    (VERIFY + "listanswer.jsonl", "'answer' must be a string, not an array"),
    (VERIFY + "nokey.jsonl", "give either 'task_id' or 'index'"),
    (VERIFY + "bothkeys.jsonl", "give either 'task_id' or 'index'"),
    (VERIFY + "boolindex.jsonl", "'index' must be an integer, not True"),
    (VERIFY + "farindex.jsonl", "index is 9; there are 1 tasks"),
    (VERIFY + "negative.jsonl", "index is -1"),
    (VERIFY + "numberid.jsonl", "'task_id' must be a string, not 5"),
    (VERIFY + "unknown.jsonl", "no task has the id '000"),
    (VERIFY + "escape.jsonl", r"no task has the id '\x1b[2J\n'"),
    (VERIFY + "broken.jsonl", "'broken.jsonl', line 1 is not JSON"),
    (VERIFY + "nan.jsonl", "NaN is not a JSON value"),
    (VERIFY + "deep.jsonl", "nested too deeply"),
    (VERIFY + "number.jsonl", "line 1 is not JSON"),
    (VERIFY + "binary.jsonl", "is it binary?"),
    (VERIFY + "/dev/zero", "longer than"),
    (VERIFY + "answers.jsonl --workers 0", "'0' is not a whole number from 1 up"),
    (VERIFY + "answers.jsonl --out mixed.jsonl", "'mixed.jsonl' already holds something"),
    (VERIFY + "answers.jsonl --out /dev/full", "No space left"),
    ("verify pairtask.jsonl", "line 1: a task is a JSON object, not str"),
    ("verify pairno.jsonl", "no field 'task'"),
    ("eval toy/sum", "required: --answers"),
    ("eval toy/none --answers null", "no family is called"),
    (EVAL + "none.jsonl", "cannot read 'none.jsonl'"),
    (EVAL + "refrence", "cannot read 'refrence'"),
    (EVAL + "unknown.jsonl", "no task has the id"),
    (EVAL + "farindex.jsonl", "index is 9; there are 1 tasks"),
    (EVAL + "numberanswer.jsonl", "must be a string"),
    (EVAL + "null --samples 0", "'0' is not a whole number from 1 up"),
    (EVAL + "null --samples " + "9" * 5000, "is not a whole number"),
    (EVAL + "null --split dev", "split is 'dev'"),
    (EVAL + "null --resume", "name it with --out"),
    (EVAL + "null --out folder", "cannot write 'folder'"),
    (EVAL + "null --out /dev/full", "No space left"),
    (EVAL + "null --out mixed.jsonl --resume", "'mixed.jsonl', line 1 is not a stored verdict"),
    (EVAL + "null --out notresult.jsonl --resume", "is not a stored verdict: reward 0.5 with"),
    (EVAL + "null --out folder --resume", "Is a directory"),
]


@pytest.mark.parametrize(("line", "said"), BAD, ids=[f"{line[:60]}" for line, _ in BAD])
def test_bad_input_is_named_in_one_line(
    line: str, said: str, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any
) -> None:
    monkeypatch.setattr(jsonl, "MAX_LINE_BYTES", 1_000_000)
    code = main(shlex.split(line))
    out, err = capsys.readouterr()
    assert code == 1
    assert err.startswith("verigym: error: ")
    assert err.count("\n") == 1
    assert len(err) < 1200
    assert said in err
    assert "Traceback" not in err
    assert "reward" not in out


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_unreadable_files_are_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "tasks.jsonl").chmod(0)
    assert main(shlex.split(VERIFY + "answers.jsonl")) == 1
    assert "cannot read 'tasks.jsonl': Permission denied" in capsys.readouterr().err


def test_a_bad_line_stops_after_the_good_ones(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = json.dumps(ANSWER)
    Path("answers.jsonl").write_text(f"{good}\n{good}\n{{\n{good}\n")
    assert main(shlex.split(VERIFY + "answers.jsonl")) == 1
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 2
    assert "'answers.jsonl', line 3 is not JSON" in err


def test_a_task_without_sense_abstains(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    task = Task(family="toy/sum", prompt="?", spec={}).to_json()
    Path("pairs.jsonl").write_text(json.dumps({"task": task, "answer": "1"}))
    assert main(["verify", "pairs.jsonl"]) == 3
    out, err = capsys.readouterr()
    assert json.loads(out)["reward"] is None
    assert "Traceback" not in err


class TestDefects:
    """A defect of ours, or of somebody's family, is named as one."""

    def test_in_one_line(self, capsys: pytest.CaptureFixture[str], monkeypatch: Any) -> None:
        monkeypatch.setattr(Toy, "reference", lambda self, task: {}["gone\n!"])
        assert main(["eval", "toy/sum", "--answers", "reference"]) == 1
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith("verigym: error: unexpected KeyError: 'gone")
        assert "--debug shows where" in err
        assert err.count("\n") == 1

    def test_with_a_traceback_on_demand(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: Any
    ) -> None:
        monkeypatch.setattr(Toy, "reference", lambda self, task: {}["gone"])
        assert main(["eval", "toy/sum", "--answers", "reference", "--debug"]) == 1
        assert "Traceback" in capsys.readouterr().err

    def test_a_file_that_a_family_cannot_open(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: Any
    ) -> None:
        monkeypatch.setattr(Rogue, "__init__", lambda self, data=None: open(data))  # noqa: SIM115
        assert main(["show", "toy/rogue", "--data", "none"]) == 1
        assert capsys.readouterr().err == "verigym: error: No such file or directory: 'none'\n"


def test_knob_values_are_json_or_text() -> None:
    from verigym.cli.command import knob

    assert knob("n=3") == ("n", 3)
    assert knob("x=1e3") == ("x", 1000.0)
    assert knob("x=[1, 2]") == ("x", [1, 2])
    assert knob("x=true") == ("x", True)
    assert knob("x=a=b") == ("x", "a=b")
    assert knob('x="3"') == ("x", "3")
    assert knob("x=") == ("x", "")
    assert make("toy/sum", **dict([knob("n=3")])).config == {"n": 3}  # type: ignore[attr-defined]
