"""The memory of replies, the counters, the ceiling and the errors, each alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import pytest

from verigym.errors import Cancelled, SandboxError, SandboxUnavailable, UserError
from verigym.sandbox import Execution, Limits, Program, Sandbox
from verigym.server import once as once_module
from verigym.server.box import Capped
from verigym.server.metrics import Metrics
from verigym.server.once import Once
from verigym.server.replies import Refused, Reply, ok, refusal
from verigym.server.settings import CEILING

T = TypeVar("T")


def run(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    return asyncio.run(asyncio.wait_for(work(), 20))


# ------------------------------------------------------------------------------------------- once


def test_the_same_request_is_answered_once() -> None:
    async def main() -> None:
        once, count = Once(), 0

        async def answer() -> Reply:
            nonlocal count
            count += 1
            await asyncio.sleep(0.01)
            return ok(count)

        replies = await asyncio.gather(*(once.reply(b"k", b"request", answer) for _ in range(5)))
        assert count == 1
        assert len({reply.body for reply in replies}) == 1
        assert (await once.reply(b"k", b"request", answer)).body == replies[0].body
        assert (await once.reply(b"other", b"request", answer)).body != replies[0].body
        for key in (b"k", b"other"):
            with pytest.raises(Refused):
                await once.reply(key, b"another request", answer)

    run(main)


@pytest.mark.parametrize(
    "reply",
    [Reply(503, b"{}"), Reply(422, b"{}"), ok({}, "sandbox_error"), ok({}, "judged", "abstained")],
)
def test_failures_are_not_remembered(reply: Reply) -> None:
    async def main() -> None:
        once, count = Once(), 0

        async def answer() -> Reply:
            nonlocal count
            count += 1
            return reply

        for _ in range(3):
            await once.reply(b"k", b"r", answer)
        assert count == 3

    run(main)


def test_work_is_called_off_when_the_last_one_leaves_and_not_before() -> None:
    async def main() -> None:
        once, ended = Once(), []

        async def answer() -> Reply:
            try:
                await asyncio.sleep(10)
            except asyncio.CancelledError:
                ended.append("called off")
                raise
            return ok(1)

        waiting = [asyncio.ensure_future(once.reply(b"k", b"r", answer)) for _ in range(2)]
        await asyncio.sleep(0.01)
        waiting[0].cancel()
        await asyncio.sleep(0.01)
        assert ended == []
        waiting[1].cancel()
        await asyncio.sleep(0.01)
        assert ended == ["called off"]

        async def quick() -> Reply:
            return ok(2)

        assert (await once.reply(b"k", b"r", quick)).body == ok(2).body

    run(main)


def test_memory_is_bounded_in_time_number_and_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        now = 0.0
        once = Once(clock=lambda: now)

        async def fill(*keys: int) -> None:
            for key in keys:

                async def answer() -> Reply:
                    return Reply(200, b"x" * 100)

                await once.reply(b"%d" % key, b"r", answer)

        monkeypatch.setattr(once_module, "KEEP_REPLIES", 10)
        await fill(*range(25))
        assert list(once._replies) == [b"%d" % key for key in range(15, 25)]
        monkeypatch.setattr(once_module, "KEEP_BYTES", 350)
        await fill(25)
        assert list(once._replies) == [b"23", b"24", b"25"]
        now = 301.0
        await fill(26)
        assert list(once._replies) == [b"26"]
        assert once._bytes == 100
        assert once._under_way == {}

    run(main)


# ---------------------------------------------------------------------------------------- metrics


def test_numbers_are_written_as_prometheus_reads_them() -> None:
    metrics = Metrics()
    for seconds in (0.001, 0.005, 0.02, 1000):
        metrics.request("/run", 200, seconds)
    metrics.request("/run", 429, 0.0)
    metrics.ran(("ok", "ok", "wall"))
    metrics.rejected("queue full")
    lines = metrics.text({"queue_depth": ("Waiting.", 3)}).splitlines()
    assert "# TYPE verigym_queue_depth gauge" in lines
    assert "verigym_queue_depth 3" in lines
    assert 'verigym_requests_total{path="/run",status="200"} 4' in lines
    assert 'verigym_runs_total{outcome="ok"} 2' in lines
    assert 'verigym_rejected_total{reason="queue full"} 1' in lines
    assert 'verigym_request_seconds_bucket{path="/run",le="0.005"} 3' in lines
    assert 'verigym_request_seconds_bucket{path="/run",le="+Inf"} 5' in lines
    assert 'verigym_request_seconds_sum{path="/run"} 1000.026000' in lines
    assert 'verigym_request_seconds_count{path="/run"} 5' in lines
    names = [line.split()[2] for line in lines if line.startswith("# TYPE")]
    assert len(names) == len(set(names))
    for line in lines:
        assert line.startswith("# ") or len(line.rsplit(" ", 1)) == 2


# -------------------------------------------------------------------------------- the box, errors


class Agreeable(Sandbox):
    """A sandbox in which everything ends well."""

    name, tier, workers = "agreeable", 2, 1
    done = Execution(0, None, b"", b"", False, False, None, 0.1, 0.1, 0, 2, None)

    def run(self, program: Program, limits: Limits = Limits()) -> Execution:  # noqa: B008
        return self.done

    def run_pair(self, *args: Any, **kwargs: Any) -> tuple[Execution, Execution]:
        return self.done, self.done

    def capabilities(self) -> dict[str, Any]:
        return {}

    def close(self) -> None:
        return


def test_the_ceiling_refuses_and_lowers() -> None:
    box = Capped(Agreeable(), Limits(wall_seconds=5, memory_bytes=64 << 20, address_bytes=None))
    assert box.limits().wall_seconds == 5
    assert box.limits(wall_seconds=1).memory_bytes == 64 << 20
    assert box.limits(address_bytes=1 << 40).address_bytes == 1 << 40
    for program in (lambda: box.run(Program("1")), lambda: box.run_pair(Program("1"), Program("1")),
                    lambda: box.limits(wall_seconds=6)):  # fmt: skip
        with pytest.raises(UserError, match="at most 5"):
            program()
    fits = Limits(wall_seconds=5, memory_bytes=64 << 20)
    assert box.run(Program("1"), fits).ok
    with pytest.raises(UserError, match="driver_limits"):
        box.run_pair(Program("1"), Program("1"), fits, Limits())
    assert Capped(Agreeable(), CEILING).run(Program("1")).ok


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (UserError("x"), 422, "UserError"),
        (SandboxUnavailable("x"), 422, "SandboxUnavailable"),
        (SandboxError("x"), 503, "SandboxError"),
        (Cancelled("x"), 504, "Cancelled"),
        (ZeroDivisionError("secret"), 500, "InternalError"),
    ],
)
def test_each_error_has_its_status(error: Exception, status: int, kind: str) -> None:
    reply = refusal(error).reply
    assert reply.status == status
    assert kind.encode() in reply.body
    assert b"secret" not in reply.body
    assert not reply.lasts
