"""The command line, run in this process over toy families."""

from __future__ import annotations

import io
import json
import shlex
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import verigym
from toy_family import Rogue, Toy
from verigym.cli import main
from verigym.sandbox import doctor


class Done(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs a command line in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def run(line: str) -> Done:
        code = main(shlex.split(line))
        return Done(code, *capsys.readouterr())

    return run


def write(path: str, *values: Any) -> None:
    Path(path).write_text("".join(json.dumps(value) + "\n" for value in values))


def toy_tasks(count: int) -> list[verigym.Task]:
    return Toy().tasks("test", count)


def answers(*given: Any) -> list[dict[str, Any]]:
    return [{"index": index, "answer": answer} for index, answer in given]


class TestHelp:
    @pytest.mark.parametrize("name", ["families", "show", "tasks", "verify", "eval", "doctor"])
    def test_each_command_teaches(self, run: Any, name: str) -> None:
        done = run(f"{name} --help")
        assert done.code == 0
        assert "examples:" in done.out
        assert f"verigym {name}" in done.out.split("examples:")[1]

    def test_the_whole_is_described(self, run: Any) -> None:
        assert run("--version").out == f"verigym {verigym.__version__}\n"
        done = run("--help")
        assert done.code == 0
        assert "exit codes:" in done.out
        assert "judge answers to stored tasks" in done.out


class TestFamilies:
    def test_a_table(self, run: Any) -> None:
        done = run("families")
        row = next(line for line in done.out.splitlines() if line.startswith("toy/sum"))
        assert row.split(maxsplit=2) == ["toy/sum", "1", Toy.summary]

    def test_json(self, run: Any) -> None:
        found = {item["name"]: item for item in run("families --json").json}
        assert found["toy/sum"] == {
            "name": "toy/sum",
            "version": 1,
            "needs_data": False,
            "summary": Toy.summary,
            "dials": {},
            "levels": [],
        }
        assert set(found) == set(verigym.families())


class TestShow:
    def test_a_task_without_its_spec(self, run: Any) -> None:
        task = Toy(n=3).sample("train", 4)
        done = run("show toy/sum --set n=3 --split train --index 4")
        assert done.code == 0
        assert task.text in done.out
        assert "how many numbers" in done.out
        assert str(task.spec["sum"]) not in done.out

    def test_the_reference_on_demand(self, run: Any) -> None:
        task = toy_tasks(1)[0]
        assert "<answer>" not in run("show toy/sum").out
        assert Toy().reference(task) in run("show toy/sum --reference").out

    def test_json(self, run: Any) -> None:
        task = toy_tasks(1)[0]
        shown = run("show toy/sum --json").json
        assert shown["task"]["id"] == task.id
        assert shown["task"]["prompt"] == task.prompt
        assert "spec" not in shown["task"]
        assert "reference" not in shown
        assert run("show toy/sum --json --reference").json["reference"] == Toy().reference(task)

    def test_chat_prompts_show_roles(self, run: Any) -> None:
        assert "[system] Be good.\n\n[user] Say something, 0." in run("show toy/rogue").out

    def test_foreign_text_cannot_command_the_terminal(self, run: Any, monkeypatch: Any) -> None:
        monkeypatch.setattr(Rogue, "reference", lambda self, task: "\x1b[2Jgone\u009b\ud800")
        done = run("show toy/rogue --reference")
        assert r"\x1b[2Jgone\x9b\ud800" in done.out


class TestTasks:
    def test_lines_are_the_tasks(self, run: Any) -> None:
        done = run("tasks toy/sum --count 3 --split train")
        assert [verigym.Task.from_json(line) for line in done.lines] == Toy().tasks("train", 3)

    def test_the_family_says_how_many(self, run: Any) -> None:
        assert len(run("tasks toy/sum").lines) == Toy.default_count
        assert len(run("tasks toy/rogue").lines) == 3
        assert run("tasks toy/sum --count 0").out == ""

    def test_out(self, run: Any) -> None:
        assert run("tasks toy/sum --out t.jsonl").out == ""
        assert Path("t.jsonl").read_text() == run("tasks toy/sum").out
        again = run("tasks toy/sum --out t.jsonl")
        assert again.code == 1
        assert "'t.jsonl' already holds something" in again.err


class TestVerify:
    def test_verdicts_come_in_the_order_of_the_answers(self, run: Any) -> None:
        tasks = toy_tasks(3)
        write("t.jsonl", *(task.to_json() for task in tasks))
        right = [Toy().reference(task) for task in tasks]
        write(
            "a.jsonl",
            {"task_id": tasks[2].id, "answer": right[2], "model": "m"},
            {"task_id": tasks[0].id, "answer": right[1]},
            {"index": 1, "answer": right[1]},
            {"task_id": tasks[2].id, "answer": None},
        )
        done = run("verify --tasks t.jsonl --answers a.jsonl")
        assert (done.code, done.err) == (0, "")
        assert [line["task_id"] for line in done.lines] == [tasks[i].id for i in (2, 0, 1, 2)]
        assert [line["reward"] for line in done.lines] == [1.0, 0.0, 1.0, 0.0]
        assert done.lines[3]["status"] == "no_answer"

    def test_pairs_out_and_workers(self, run: Any) -> None:
        tasks = Rogue().tasks()
        delays = (0.05, 0.0, 0.02, 0.0, 0.01)
        texts = [f"sleep {delay} #{number}" for number, delay in enumerate(delays)]
        texts = [text.split(" #")[0] for text in texts]
        write("p.jsonl", *({"task": tasks[i % 3].to_json(), "answer": t} for i, t in enumerate(texts)))
        done = run("verify p.jsonl --workers 3 --out v.jsonl")
        assert (done.code, done.out) == (0, "")
        lines = [json.loads(line) for line in Path("v.jsonl").read_text().splitlines()]
        assert [line["evidence"]["answer"] for line in lines] == texts

    def test_abstentions_have_no_reward_and_an_exit_code(self, run: Any) -> None:
        tasks = Rogue().tasks()
        texts = ["fine", "raise on purpose", "sandbox", "fine"]
        write("p.jsonl", *({"task": tasks[0].to_json(), "answer": text} for text in texts))
        done = run("verify p.jsonl")
        assert done.code == 3
        assert [line["reward"] for line in done.lines] == [1.0, None, None, 1.0]
        assert [line["status"] for line in done.lines][1:3] == ["verifier_error", "sandbox_error"]
        assert done.err == "verigym: note: 2 answers could not be judged and have no reward\n"

    def test_standard_input(self, run: Any, monkeypatch: Any) -> None:
        line = json.dumps({"task": toy_tasks(1)[0].to_json(), "answer": "1"}).encode()
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(line + b"\n\n" + line)))
        assert [verdict["reward"] for verdict in run("verify -").lines] == [0.0, 0.0]


class TestEval:
    def test_the_reference_is_right(self, run: Any) -> None:
        done = run("eval toy/sum --answers reference --json")
        summary = done.json
        assert done.code == 0
        assert summary.pop("seconds") >= 0
        assert summary == {
            "family": "toy/sum",
            "version": 1,
            "split": "test",
            "answers": "reference",
            "tasks": 5,
            "samples": 5,
            "judged": 5,
            "correct": 5,
            "mean_reward": 1.0,
            "abstained": 0,
            "missing": 0,
            "resumed": 0,
            "by_status": {"correct": 5},
        }

    def test_null_answers_earn_nothing(self, run: Any) -> None:
        summary = run("eval toy/sum --answers null --json").json
        assert (summary["tasks"], summary["samples"], summary["mean_reward"]) == (5, 15, 0.0)
        assert summary["by_status"] == {"wrong": 5, "no_answer": 5, "malformed": 5}
        assert run("eval toy/sum --answers null --samples 1 --json").json["samples"] == 5

    def test_random_answers_are_seeded(self, run: Any) -> None:
        def verdicts(seed: int) -> list[str]:
            run(f"eval toy/sum --answers random --samples 6 --seed {seed} --out {seed}.jsonl")
            lines = Path(f"{seed}.jsonl").read_text().splitlines()
            Path(f"{seed}.jsonl").unlink()
            return [json.loads(line)["answer_sha256"] for line in lines]

        assert verdicts(1) == verdicts(1)
        assert verdicts(1) != verdicts(2)
        assert len(verdicts(1)) == 30

    def test_partial_rewards_are_averaged(self, run: Any) -> None:
        total = [task.spec["sum"] for task in toy_tasks(2)]
        write("a.jsonl", *answers((0, str(total[0])), (1, str(total[1] + 1))))
        summary = run("eval toy/sum --count 2 --answers a.jsonl --json").json
        assert (summary["correct"], summary["mean_reward"]) == (1, 0.625)

    def test_tasks_that_nobody_answered_are_missing_and_count(self, run: Any) -> None:
        total = toy_tasks(1)[0].spec["sum"]
        write("a.jsonl", *answers((0, str(total)), (0, "1"), (3, None)))
        done = run("eval toy/sum --count 4 --answers a.jsonl --json")
        summary = done.json
        assert (summary["tasks"], summary["samples"], summary["missing"]) == (4, 5, 2)
        assert (summary["judged"], summary["mean_reward"]) == (5, 0.2)
        assert summary["by_status"] == {"correct": 1, "wrong": 1, "no_answer": 3}
        assert "2 of 4 tasks have no answer" in done.err
        one = run("eval toy/sum --count 1 --samples 1 --answers a.jsonl")
        assert one.code == 1  # answers to tasks that are not posed

    def test_an_abstention_is_no_zero(self, run: Any) -> None:
        write("a.jsonl", *answers((0, "fine"), (1, "raise it"), (2, "sandbox")))
        done = run("eval toy/rogue --answers a.jsonl --json")
        summary = done.json
        assert done.code == 3
        assert (summary["judged"], summary["abstained"], summary["mean_reward"]) == (1, 2, 1.0)
        assert summary["samples"] == 3
        assert "2 of 3 answers could not be judged" in done.err
        assert "RuntimeError: it" in done.err
        assert "Traceback" not in done.err

    def test_nothing_judged_has_no_mean(self, run: Any) -> None:
        assert run("eval toy/sum --count 0 --answers reference --json").json["mean_reward"] is None
        write("a.jsonl", *answers((0, "raise"), (1, "raise"), (2, "raise")))
        assert run("eval toy/rogue --answers a.jsonl --json").json["mean_reward"] is None
        assert "mean reward  -" in run("eval toy/rogue --answers a.jsonl").out

    def test_text_for_people(self, run: Any) -> None:
        done = run("eval toy/sum --answers reference")
        assert "toy/sum, split test, answers: reference" in done.out
        assert "judged       5, and 0 abstained" in done.out
        assert "correct      5 (100.0 %)" in done.out

    def test_out_holds_a_line_for_each_answer(self, run: Any) -> None:
        run("eval toy/sum --answers null --out v.jsonl")
        lines = [json.loads(line) for line in Path("v.jsonl").read_text().splitlines()]
        assert [(line["index"], line["sample"]) for line in lines] == [
            (index, sample) for index in range(5) for sample in range(3)
        ]
        assert {line["task_id"] for line in lines} == {task.id for task in toy_tasks(5)}


class TestResume:
    def test_only_what_has_no_verdict_is_judged(self, run: Any) -> None:
        write("a.jsonl", *answers((0, "a"), (1, "b"), (2, "c")))
        run("eval toy/rogue --count 3 --answers a.jsonl --out v.jsonl --json")
        whole = Path("v.jsonl").read_text()
        lines = whole.splitlines(keepends=True)
        Path("v.jsonl").write_text(lines[0] + lines[1][:30])  # as after a crash
        calls = Rogue.verifier.calls
        summary = run("eval toy/rogue --answers a.jsonl --out v.jsonl --resume --json").json
        assert Rogue.verifier.calls - calls == 2
        assert (summary["samples"], summary["correct"], summary["resumed"]) == (3, 3, 1)
        after = [json.loads(line) for line in Path("v.jsonl").read_text().splitlines()]
        assert [line["index"] for line in after] == [0, 1, 2]
        again = run("eval toy/rogue --answers a.jsonl --out v.jsonl --resume --json").json
        assert (again["resumed"], again["mean_reward"]) == (3, 1.0)
        assert Rogue.verifier.calls - calls == 2

    def test_a_changed_answer_is_judged_again(self, run: Any) -> None:
        write("a.jsonl", *answers((0, "a"), (1, "b"), (2, "c")))
        run("eval toy/rogue --answers a.jsonl --out v.jsonl")
        write("a.jsonl", *answers((0, "a"), (1, "other"), (2, "c")))
        summary = run("eval toy/rogue --answers a.jsonl --out v.jsonl --resume --json").json
        assert summary["resumed"] == 2

    def test_abstentions_are_tried_again(self, run: Any, monkeypatch: Any) -> None:
        write("a.jsonl", *answers((0, "a"), (1, "sandbox"), (2, "c")))
        assert run("eval toy/rogue --answers a.jsonl --out v.jsonl").code == 3
        fine = verigym.verdict.correct()
        monkeypatch.setattr(type(Rogue.verifier), "_obey", lambda self, answer: fine)
        done = run("eval toy/rogue --answers a.jsonl --out v.jsonl --resume --json")
        assert (done.code, done.json["resumed"], done.json["correct"]) == (0, 2, 3)

    def test_a_file_is_not_overwritten(self, run: Any) -> None:
        run("eval toy/sum --answers null --out v.jsonl")
        before = Path("v.jsonl").read_bytes()
        done = run("eval toy/sum --answers null --out v.jsonl")
        assert done.code == 1
        assert "--resume continues it" in done.err
        assert Path("v.jsonl").read_bytes() == before

    def test_a_new_file_can_be_resumed(self, run: Any) -> None:
        done = run("eval toy/sum --answers null --out v.jsonl --resume --json")
        assert (done.code, done.json["resumed"]) == (0, 0)


class TestDoctor:
    def test_shows_what_this_machine_contains(self, run: Any) -> None:
        found = run("doctor --json").json
        assert {"platform", "tier", "tiers", "features", "advice"} <= set(found)
        done = run("doctor")
        assert done.code == 0
        assert found["platform"] in done.out
        assert all(row["name"] in done.out for row in found["features"])
        assert all(row["language"] in done.out for row in found["languages"])

    def test_says_why_a_tier_is_lacking_and_what_to_do(self, run: Any, monkeypatch: Any) -> None:
        found = {
            "platform": "Plan 9",
            "kernel": "4",
            "python": "3.11",
            "user": 1000,
            "cores": 2,
            "tier": 1,
            "tiers": [
                {"tier": 1, "available": True, "reason": None, "what": "filters"},
                {"tier": 2, "available": False, "reason": "no user namespaces", "what": "namespaces"},
            ],
            "features": [{"name": "seccomp", "available": True, "detail": "filter"}],
            "languages": [
                {"language": "c", "available": True, "version": "gcc 12", "reason": None},
                {"language": "go", "available": False, "version": None, "reason": "no go\nat all"},
            ],
            "contained": ["the network"],
            "not_contained": ["the list of processes"],
            "advice": ["Allow user namespaces."],
        }
        monkeypatch.setattr(doctor, "report", lambda: found)
        done = run("doctor")
        assert "1     yes        filters" in done.out
        assert "2     no         no user namespaces" in done.out
        assert "c         yes        gcc 12\n" in done.out
        assert "go        no         no go\n" in done.out
        assert "not contained: the list of processes\n" in done.out
        assert done.out.endswith("Allow user namespaces.\n")
