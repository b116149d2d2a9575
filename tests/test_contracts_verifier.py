"""What every verifier owes its user, whatever its ``judge`` does."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from typing import Any

import pytest

import verigym
from toy_family import Rogue, RogueVerifier, Toy
from verigym import Status, Task, Verdict, Verifier
from verigym.errors import SandboxError, SandboxUnavailable, TaskError
from verigym.verdict import correct, failed
from verigym.verifiers.answer import Malformed, NoAnswer
from verigym.verifiers.base import MAX_ANSWER_CHARS, default_workers, ordered_map

TASK = Rogue().sample()


class Fake(Verifier):
    """Counts its calls and does what it is told."""

    name = "fake"
    version = 4

    def __init__(self, *outcomes: Any) -> None:
        self.outcomes = list(outcomes)
        self.calls = 0

    def judge(self, task: Task, answer: str) -> Verdict:
        outcome = self.outcomes[min(self.calls, len(self.outcomes) - 1)]
        self.calls += 1
        if isinstance(outcome, BaseException):
            raise outcome
        result: Verdict = outcome
        return result


class TestAnswers:
    @pytest.mark.parametrize(
        ("answer", "status"),
        [
            (None, Status.NO_ANSWER),
            ("", Status.NO_ANSWER),
            (" \t\n\u2003", Status.NO_ANSWER),
            (b"42", Status.MALFORMED),
            (42, Status.MALFORMED),
            (4.2, Status.MALFORMED),
            (True, Status.MALFORMED),
            (["42"], Status.MALFORMED),
            ({"answer": "42"}, Status.MALFORMED),
            (object(), Status.MALFORMED),
            ("x" * (MAX_ANSWER_CHARS + 1), Status.MALFORMED),
            (" " * 10_000_000, Status.MALFORMED),
        ],
        ids=lambda value: repr(value)[:20],
    )
    def test_what_is_no_text_is_refused_unjudged(self, answer: Any, status: Status) -> None:
        fake = Fake(correct())
        verdict = fake.verify(TASK, answer)
        assert (verdict.status, verdict.reward) == (status, 0.0)
        assert fake.calls == 0
        assert (verdict.task_id, verdict.verifier, verdict.version) == (TASK.id, "fake", 4)

    @pytest.mark.parametrize("answer", ["x", "\ud800", "\x00", "x" * MAX_ANSWER_CHARS, "é" * 10])
    def test_any_other_text_is_judged(self, answer: str) -> None:
        assert Fake(correct()).verify(TASK, answer).correct

    @pytest.mark.parametrize(
        ("error", "status"),
        [(NoAnswer("none"), Status.NO_ANSWER), (Malformed("no number"), Status.MALFORMED)],
    )
    def test_what_reading_an_answer_raises_is_its_verdict(
        self, error: Exception, status: Status, caplog: pytest.LogCaptureFixture
    ) -> None:
        fake = Fake(error)
        verdict = fake.verify(TASK, "x")
        assert (verdict.status, verdict.reward, verdict.feedback) == (status, 0.0, str(error))
        assert (verdict.evidence, fake.calls, caplog.text) == ({}, 1, "")

    def test_verdicts_are_stamped(self) -> None:
        verdict = Fake(failed(Status.WRONG, "no", timings={"check": 0.1})).verify(TASK, "x")
        assert (verdict.task_id, verdict.verifier, verdict.version) == (TASK.id, "fake", 4)
        assert verdict.timings["check"] == 0.1
        assert 0 <= verdict.timings["total"] < 5


class TestFailuresOfOurs:
    @pytest.mark.parametrize(
        "error",
        [
            RuntimeError("bug"),
            MemoryError(),
            RecursionError(),
            KeyError("x"),
            StopIteration(),
            AssertionError(),
            UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates"),
        ],
        ids=repr,
    )
    def test_a_defect_abstains_and_is_logged(
        self, error: Exception, caplog: pytest.LogCaptureFixture
    ) -> None:
        fake = Fake(error)
        verdict = fake.verify(TASK, "x")
        assert (verdict.status, verdict.reward) == (Status.VERIFIER_ERROR, None)
        assert type(error).__name__ in verdict.evidence["error"]
        assert fake.calls == 1  # a defect is deterministic: no second try
        (record,) = caplog.records
        assert record.levelno == logging.ERROR
        assert record.exc_info is not None
        assert str(error) not in verdict.feedback or not str(error)

    def test_an_unusable_task_abstains(self, caplog: pytest.LogCaptureFixture) -> None:
        fake = Fake(TaskError("no cases"))
        verdict = fake.verify(TASK, "x")
        assert (verdict.status, verdict.reward) == (Status.VERIFIER_ERROR, None)
        assert "no cases" in verdict.evidence["error"]
        assert fake.calls == 1
        assert "no cases" in caplog.text

    @pytest.mark.parametrize("error", [SandboxError("gone"), SandboxUnavailable("no kernel")])
    def test_a_failed_sandbox_is_tried_once_more(
        self, error: Exception, caplog: pytest.LogCaptureFixture
    ) -> None:
        fake = Fake(error, error, correct())
        verdict = fake.verify(TASK, "x")
        assert (verdict.status, verdict.reward) == (Status.SANDBOX_ERROR, None)
        assert fake.calls == 2
        assert len(caplog.records) == 2

    def test_a_second_try_that_works_counts(self) -> None:
        fake = Fake(SandboxError("gone"), correct())
        assert fake.verify(TASK, "x").reward == 1.0
        assert fake.calls == 2

    def test_a_defect_on_the_second_try_is_a_defect(self) -> None:
        assert Fake(SandboxError(""), RuntimeError()).verify(TASK, "x").status is Status.VERIFIER_ERROR

    def test_long_errors_are_cut(self) -> None:
        verdict = Fake(RuntimeError("x" * 100_000)).verify(TASK, "x")
        assert len(verdict.evidence["error"]) <= 2000

    @pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit()])
    def test_an_interruption_is_not_swallowed(self, error: BaseException) -> None:
        with pytest.raises(type(error)):
            Fake(error).verify(TASK, "x")


class TestMany:
    @pytest.mark.parametrize("workers", [None, 1, 2, 5, 100])
    def test_order_and_length_are_kept(self, workers: int | None) -> None:
        texts = [f"sleep 0.0{number * 7 % 4}" for number in range(12)]
        texts[2], texts[5], texts[9] = "raise", "sandbox", ""
        tasks = Rogue().tasks()
        pairs = [(tasks[i % 3], text) for i, text in enumerate(texts)]
        verdicts = Rogue.verifier.verify_many(pairs, workers)
        assert [verdict.task_id for verdict in verdicts] == [task.id for task, _ in pairs]
        expected: list[Any] = [1.0] * 12
        expected[2], expected[5], expected[9] = None, None, 0.0
        assert [verdict.reward for verdict in verdicts] == expected
        assert [v.evidence.get("answer") for v in verdicts if v.reward == 1.0] == [
            text for text in texts if text.startswith("sleep")
        ]

    def test_families_can_be_mixed(self) -> None:
        toy, rogue = Toy().sample("test", 0), Rogue().sample()
        right = Toy().reference(toy)
        verdicts = verigym.verify_many([(toy, right), (rogue, "raise"), (toy, "0")], workers=2)
        assert [verdict.reward for verdict in verdicts] == [1.0, None, 0.0]
        assert [verdict.verifier for verdict in verdicts] == ["toy/sum", "toy/rogue", "toy/sum"]

    @pytest.mark.parametrize("workers", [1, 3])
    def test_workers_bound_what_runs_at_a_time(self, workers: int) -> None:
        verifier = RogueVerifier()
        verifier.verify_many([(TASK, "sleep 0.02")] * 12, workers)
        assert verifier.most == workers
        assert verifier.calls == 12

    def test_the_default_suits_what_the_verifier_does(self) -> None:
        waiting, computing = RogueVerifier(), RogueVerifier()
        computing.waits = False  # type: ignore[misc]
        for verifier in (waiting, computing):
            verifier.verify_many([(TASK, "sleep 0.03")] * 10)
        assert waiting.most == default_workers(True)
        assert computing.most == 1

    @pytest.mark.parametrize("workers", [0, -1])
    def test_no_workers_are_refused(self, workers: int) -> None:
        with pytest.raises(ValueError, match="workers is"):
            Rogue.verifier.verify_many([(TASK, "x")] * 2, workers)
        with pytest.raises(ValueError, match="workers is"):
            verigym.verify_many([(TASK, "x")], workers)

    def test_nothing_gives_nothing(self) -> None:
        assert Rogue.verifier.verify_many([]) == []
        assert verigym.verify_many([]) == []

    def test_an_unknown_family_raises_before_anything_is_judged(self) -> None:
        calls = Rogue.verifier.calls
        foreign = Task(family="toy/none", prompt="?", spec={})
        with pytest.raises(TaskError, match="toy/none"):
            verigym.verify_many([(TASK, "x"), (foreign, "x")])
        assert Rogue.verifier.calls == calls

    def test_an_interruption_cancels_what_is_queued(self) -> None:
        started: list[int] = []

        def work(number: int) -> None:
            started.append(number)
            time.sleep(0.02)
            if number == 0:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            ordered_map(work, list(range(100)), 2)
        assert len(started) < 20


class TestAsync:
    def test_the_event_loop_goes_on_meanwhile(self) -> None:
        async def main() -> tuple[list[Verdict], int]:
            ticks = 0

            async def tick() -> None:
                nonlocal ticks
                while True:
                    await asyncio.sleep(0.01)
                    ticks += 1

            ticker = asyncio.create_task(tick())
            texts = ["sleep 0.1", "raise", "fine"]
            verdicts = await asyncio.gather(*(verigym.averify(TASK, text) for text in texts))
            ticker.cancel()
            return verdicts, ticks

        verdicts, ticks = asyncio.run(main())
        assert [verdict.reward for verdict in verdicts] == [1.0, None, 1.0]
        assert ticks >= 3

    def test_any_thread_may_verify(self) -> None:
        found: list[Verdict] = []
        thread = threading.Thread(target=lambda: found.append(verigym.verify(TASK, "fine")))
        thread.start()
        thread.join()
        assert found[0].correct
