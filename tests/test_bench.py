"""Judging streams of answers, and counting verdicts."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from toy_family import Rogue, Toy
from verigym import sandbox
from verigym.bench import jsonl, results
from verigym.bench.answers import Posed, guesses, jobs, null, reference
from verigym.bench.run import AHEAD, Job, judging
from verigym.bench.summary import Tally
from verigym.errors import FormatError, TaskError, UserError
from verigym.task import Task
from verigym.verdict import Status
from verigym.verifiers.base import default_workers

TASK = Rogue().sample()
VERIFIER = Rogue.verifier


def stream(*answers: str) -> Iterator[Job]:
    return (Job(TASK, answer, index) for index, answer in enumerate(answers))


class TestJudging:
    @pytest.mark.parametrize("workers", [None, 1, 2, 7])
    def test_order_and_length_are_kept(self, workers: int | None) -> None:
        texts = [f"sleep 0.0{number % 4}" for number in range(12)]
        texts[5], texts[8] = "raise", "sandbox"
        with judging(stream(*texts), workers) as verdicts:
            found = list(verdicts)
        assert [job.answer for job, _ in found] == texts
        assert [index for index, (_, verdict) in enumerate(found) if verdict.abstained] == [5, 8]

    @pytest.mark.parametrize("workers", [1, 3])
    def test_so_many_at_a_time_and_no_more(self, workers: int) -> None:
        VERIFIER.most = 0
        with judging(stream(*["sleep 0.02"] * 12), workers) as verdicts:
            assert len(list(verdicts)) == 12
        assert VERIFIER.most == workers

    def test_an_endless_stream_is_taken_slowly(self) -> None:
        taken = itertools.count()
        endless = (Job(TASK, "sleep 0.001", next(taken)) for _ in itertools.count())
        with judging(endless, 2) as verdicts:
            last, _ = list(itertools.islice(verdicts, 20))[-1]
        assert last.index == 19
        assert next(taken) <= 20 + 2 * AHEAD

    def test_one_worker_gives_each_verdict_before_taking_the_next_job(self) -> None:
        taken = itertools.count()
        with judging((Job(TASK, "x", next(taken)) for _ in range(5)), 1) as verdicts:
            for _ in range(5):
                next(verdicts)
        assert next(taken) == 5

    def test_leaving_early_cancels_what_is_queued(self) -> None:
        before = VERIFIER.calls
        with judging(stream(*["sleep 0.05"] * 100), 2) as verdicts:
            next(verdicts)
        assert VERIFIER.calls - before <= 1 + 2 + 2
        calls = VERIFIER.calls
        time.sleep(0.1)
        assert VERIFIER.calls == calls

    @pytest.mark.parametrize("workers", [1, 2])
    def test_an_interruption_closes_the_sandbox(self, workers: int, monkeypatch: Any) -> None:
        closed: list[bool] = []
        monkeypatch.setattr(sandbox, "close_shared", lambda: closed.append(True))
        with pytest.raises(KeyboardInterrupt):  # noqa: PT012, SIM117
            with judging(stream(*["x"] * 10), workers) as verdicts:
                next(verdicts)
                raise KeyboardInterrupt
        assert closed == [True]

    def test_nothing_else_closes_the_sandbox(self, monkeypatch: Any) -> None:
        closed: list[bool] = []
        monkeypatch.setattr(sandbox, "close_shared", lambda: closed.append(True))
        with judging(stream("a", "b", "c"), 2) as verdicts:
            next(verdicts)
        assert closed == []

    def test_the_default_suits_the_verifier(self) -> None:
        VERIFIER.most = 0
        with judging(stream(*["sleep 0.05"] * 8)) as verdicts:
            list(verdicts)
        assert VERIFIER.most == default_workers(True)

    def test_an_empty_stream_is_fine(self) -> None:
        with judging(iter(())) as verdicts:
            assert list(verdicts) == []

    @pytest.mark.parametrize("workers", [0, -1])
    def test_no_workers_are_refused(self, workers: int) -> None:
        with pytest.raises(UserError, match="workers is"), judging(stream("x"), workers):
            pass

    @pytest.mark.parametrize("workers", [None, 1, 2])
    def test_a_task_that_cannot_be_judged_here_raises(self, workers: int | None) -> None:
        foreign = Job(Task(family="toy/none", prompt="?", spec={}), "x")
        with pytest.raises(TaskError, match="toy/none"), judging([foreign], workers) as verdicts:
            list(verdicts)


class TestJobs:
    def test_tasks_are_posed_lazily(self) -> None:
        posed = Posed(Toy(), "train", 10**9)
        assert len(posed) == 10**9
        first = list(itertools.islice(jobs(posed, reference(posed.family)), 3))
        assert [job.task for job in first] == Toy().tasks("train", 3)
        assert [job.answer for job in first] == [Toy().reference(job.task) for job in first]

    def test_each_source(self) -> None:
        posed = Posed(Toy(), count=2)
        family = posed.family
        assert [(j.index, j.sample) for j in jobs(posed, reference(family, 2))] == [
            (0, 0), (0, 1), (1, 0), (1, 1),
        ]  # fmt: skip
        assert [job.answer for job in jobs(posed, null(family, 2))] == ["", "0"] * 2
        assert len(list(jobs(posed, null(family)))) == 6
        some = [job.answer for job in jobs(posed, guesses(family, 8, 1))]
        assert some == [job.answer for job in jobs(posed, guesses(family, 8, 1))]
        assert some != [job.answer for job in jobs(posed, guesses(family, 8, 2))]

    def test_where_nobody_answers_a_job_is_missing(self) -> None:
        posed = Posed(Toy(), count=2)
        found = list(jobs(posed, lambda index, task: ["7"] if index else []))
        assert [(job.answer, job.missing) for job in found] == [("", True), ("7", False)]


class TestTally:
    def test_abstentions_enter_no_mean_and_do_not_vanish(self) -> None:
        tally = Tally()
        for index, (status, reward) in enumerate(
            [
                (Status.CORRECT, 1.0),
                (Status.PARTIAL, 0.5),
                (Status.WRONG, 0.0),
                (Status.SANDBOX_ERROR, None),
                (Status.VERIFIER_ERROR, None),
            ]
        ):
            tally.add(Job(TASK, "x", index // 2), status, reward)
        summary = tally.summary()
        assert (summary.tasks, summary.samples, summary.judged) == (3, 5, 3)
        assert (summary.correct, summary.abstained, summary.mean_reward) == (1, 2, 0.5)
        assert sum(summary.by_status.values()) == summary.samples
        assert summary.to_json()["by_status"] == dict(summary.by_status)

    def test_nothing_has_no_mean(self) -> None:
        assert Tally().summary().mean_reward is None


class TestJsonLines:
    def test_round_trip(self, tmp_path: Path) -> None:
        path = str(tmp_path / "x.jsonl")
        values = [{"a": 1}, [None, "é\ud800\n"], 2.5]
        with jsonl.writing(path) as write:
            for number, value in enumerate(values, start=1):
                write(value)
                assert Path(path).read_bytes().count(b"\n") == number  # flushed
        assert [line.value for line in jsonl.read(path)] == values
        assert [line.where for line in jsonl.read(path)] == [f"{path!r}, line {n}" for n in (1, 2, 3)]

    def test_nan_is_not_written(self, tmp_path: Path) -> None:
        with jsonl.writing(str(tmp_path / "x")) as write, pytest.raises(ValueError, match="JSON"):
            write(float("nan"))

    def test_long_lines_are_not_read(self, tmp_path: Path, monkeypatch: Any) -> None:
        monkeypatch.setattr(jsonl, "MAX_LINE_BYTES", 10)
        path = tmp_path / "x"
        path.write_bytes(b'"1234567"\n"12345678"\n')
        lines = jsonl.read(str(path))
        assert next(lines).value == "1234567"
        with pytest.raises(FormatError, match="line 2 is longer than 10 bytes"):
            next(lines)

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            (b"", b""),
            (b"a\n", b"a\n"),
            (b"a\nb", b"a\n"),
            (b"ab", b""),
            (b"a\n" + b"b" * 200_000, b"a\n"),
            (b"b" * 200_000, b""),
            (b"a" * 200_000 + b"\n", b"a" * 200_000 + b"\n"),
        ],
        ids=["empty", "whole", "torn", "only torn", "long torn", "only long torn", "long"],
    )
    def test_torn_lines_are_cut_off(self, tmp_path: Path, before: bytes, after: bytes) -> None:
        path = tmp_path / "x"
        path.write_bytes(before)
        jsonl.drop_torn_line(str(path))
        assert path.read_bytes() == after


class TestResults:
    def test_stored_verdicts_are_found_by_all_that_they_are_about(self, tmp_path: Path) -> None:
        path = str(tmp_path / "v.jsonl")
        with judging(stream("a", "b", "raise")) as verdicts, jsonl.writing(path) as write:
            for job, verdict in verdicts:
                write(results.to_line(job, verdict))
        stored = results.load(path)
        assert len(stored) == 2  # abstentions are not kept
        assert stored[results.key(Job(TASK, "a"))] == (Status.CORRECT, 1.0)
        for other in (Job(TASK, "c"), Job(TASK, "a", sample=1), Job(Rogue().sample("test", 1), "a")):
            assert results.key(other) not in stored

    def test_no_file_holds_nothing(self, tmp_path: Path) -> None:
        assert results.load(str(tmp_path / "none")) == {}
