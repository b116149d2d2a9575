"""``/verify`` and ``/verify_batch``: the verdicts of the library, one for each item, whatever one item is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from live_server import Server

import verigym
from verigym import Status, Task
from verigym.envs.code import function_task, stdio_task
from verigym.errors import UserError
from verigym.server import client as client_module
from verigym.server.client import Client, verdict_from_json

SAT = verigym.family("sat/decide", n=8)
FORMULA = SAT.sample(split="test", index=1)
DOUBLE = function_task(
    "Write double(n).", "double", tests="assert double(2) == 4\nassert double(-1) == -2"
)
GREET = stdio_task("Greet.", cases=[("Ada\n", "hello Ada\n")], timeout=0.5)
PAIRS = [
    (FORMULA, SAT.reference(FORMULA)),
    (FORMULA, "s UNSATISFIABLE"),
    (DOUBLE, "def double(n): return 2 * n"),
    (DOUBLE, "def double(n): return n"),
    (DOUBLE, "import os; os._exit(0)"),
    (GREET, "print('hello', input())"),
    (GREET, "while True: pass"),
    (GREET, ""),
]


def plain(verdict: verigym.Verdict) -> dict[str, Any]:
    """A verdict without what differs from one run to the next."""
    found = verdict.to_json()
    found["timings"] = sorted(found["timings"])
    for case in found["cases"]:
        case["seconds"] = case["seconds"] is not None
    found["evidence"] = sorted(found["evidence"])
    return found


@pytest.fixture
def judge(server: Server) -> Iterator[Client]:
    with Client(server.url) as opened:
        yield opened


def test_verdicts_are_those_of_the_library(judge: Client) -> None:
    expected = [plain(verigym.verify(task, answer)) for task, answer in PAIRS]
    assert [plain(judge.verify(task, answer)) for task, answer in PAIRS] == expected
    assert [plain(verdict) for verdict in judge.verify_many(PAIRS)] == expected
    assert [found["reward"] for found in expected] == [1, 0, 1, 0, 0, 1, 0, 0]


def test_the_servers_sandbox_judges(server: Server) -> None:
    reply = server.post("/verify", {"task": DOUBLE.to_json(), "answer": PAIRS[2][1]})
    assert reply.status == 200
    assert reply.json["correct"] is True
    assert reply.json["evidence"]["tier"] == server.health()["tier"]


def test_no_answer_is_no_answer(server: Server) -> None:
    reply = server.post("/verify", {"task": DOUBLE.to_json(), "answer": None})
    assert (reply.json["status"], reply.json["reward"]) == ("no_answer", 0.0)


GOOD = DOUBLE.to_json()
BAD_ITEMS: list[tuple[Any, str]] = [
    ({}, "task"),
    ({"task": GOOD}, "answer"),
    ({"task": GOOD, "answer": 42}, "answer must be text"),
    ({"task": GOOD, "answer": ["x"]}, "answer must be text"),
    ({"task": GOOD, "answer": "x", "more": 1}, "nothing else"),
    ({"task": None, "answer": "x"}, "JSON object"),
    ({"task": {**GOOD, "id": "0" * 64}, "answer": "x"}, "altered"),
    ({"task": {**GOOD, "prompt": "Another."}, "answer": "x"}, "altered"),
    ({"task": {**GOOD, "reward": 1}, "answer": "x"}, "unknown field"),
    ({"task": {"family": "no/such", "prompt": "", "spec": {}}, "answer": "x"}, "no/such"),
    ({"task": {"family": "../../etc/passwd", "prompt": "", "spec": {}}, "answer": "x"}, "no family"),
    ({"task": {"family": "os:system", "prompt": "", "spec": {}}, "answer": "x"}, "no family"),
    ({"task": {**GOOD, "id": "", "version": 99}, "answer": "x"}, "version"),
    ({"task": {"family": "sat/decide", "prompt": "", "spec": json.loads("[" * 90 + "]" * 90)}, "answer": "x"},
     "mapping"),
    ({"task": {"family": "sat/decide", "prompt": "", "spec": {"x": json.loads("[" * 90 + "]" * 90)}},
      "answer": "x"}, "deep"),
    (5, "task"),
    (None, "task"),
]  # fmt: skip


@pytest.mark.parametrize(("item", "words"), BAD_ITEMS, ids=lambda value: str(value)[:50])
def test_one_item_that_cannot_be_judged_is_refused(server: Server, item: Any, words: str) -> None:
    reply = server.post("/verify", item)
    assert reply.status == 422
    assert words in reply.error


def test_in_a_batch_each_item_stands_alone(server: Server) -> None:
    right = {"task": GOOD, "answer": "def double(n): return 2 * n"}
    wrong = {"task": GOOD, "answer": "def double(n): return n"}
    items: list[Any] = []
    for bad, _ in BAD_ITEMS:
        items += [right, bad, wrong]
    reply = server.post("/verify_batch", {"items": items})
    assert reply.status == 200
    verdicts = reply.json["verdicts"]
    assert [verdict["reward"] for verdict in verdicts] == [1.0, None, 0.0] * len(BAD_ITEMS)
    for verdict, (_, words) in zip(verdicts[1::3], BAD_ITEMS, strict=True):
        assert (verdict["status"], verdict["abstained"]) == ("verifier_error", True)
        assert words in verdict["evidence"]["error"]
        assert verdict["task_id"] == ""
    assert all(verdict["task_id"] == DOUBLE.id for verdict in verdicts[::3])


def test_a_spec_that_the_verifier_cannot_read_is_an_abstention(server: Server) -> None:
    task = Task(family="sat/decide", prompt="?", spec={"clauses": "/etc/passwd"})
    reply = server.post("/verify", {"task": task.to_json(), "answer": "s SATISFIABLE"})
    assert (reply.json["status"], reply.json["reward"]) == ("verifier_error", None)
    assert "root:" not in reply.body.decode()


@pytest.mark.parametrize(
    "value",
    [[], {"items": None}, {"items": {}}, {"items": [], "more": 1}, {"item": []},
     {"items": [None] * 10_001}],
    ids=lambda value: str(value)[:20],
)  # fmt: skip
def test_what_is_no_batch(server: Server, value: Any) -> None:
    assert server.post("/verify_batch", value).status == 422


def test_an_empty_batch_has_no_verdicts(server: Server, judge: Client) -> None:
    assert server.post("/verify_batch", {"items": []}).json == {"verdicts": []}
    assert judge.verify_many([]) == []


def test_a_long_batch_lets_others_through(server: Server, judge: Client) -> None:
    slow = stdio_task("Wait.", cases=[("", "x\n")])
    pairs = [(slow, f"import time; time.sleep(0.1); print('x') # {n}") for n in range(30)]
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        batch = pool.submit(judge.verify_many, pairs)
        while server.metric("verigym_running") < 2:
            assert not batch.done()
        beside = [judge.verify(GREET, "print('hello', input())").correct for _ in range(3)]
        assert not batch.done()
        assert all(beside)
        assert all(verdict.correct for verdict in batch.result())


def test_a_deadline_ends_a_batch(server: Server) -> None:
    item = {"task": GREET.to_json(), "answer": "import time; time.sleep(9)"}
    reply = server.post("/verify_batch", {"items": [item] * 8}, {"X-Verigym-Deadline-Ms": "500"})
    assert reply.status == 504


# ----------------------------------------------------------------------------------------- client


def test_a_server_that_is_not_there_gives_abstentions() -> None:
    with Client("http://127.0.0.1:9", retries=0) as nobody:
        verdicts = nobody.verify_many(PAIRS)
        assert [verdict.task_id for verdict in verdicts] == [task.id for task, _ in PAIRS]
        assert {verdict.status for verdict in verdicts} == {Status.SANDBOX_ERROR}
        assert nobody.verify(*PAIRS[0]).abstained


def test_the_client_splits_what_is_too_long(judge: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "BATCH", 3)
    assert [verdict.reward for verdict in judge.verify_many(PAIRS)] == [1, 0, 1, 0, 0, 1, 0, 0]
    monkeypatch.setattr(client_module, "BATCH_BYTES", 10)
    assert len(judge.verify_many(PAIRS[:3])) == 3


def test_the_client_raises_for_what_is_the_callers_mistake(judge: Client) -> None:
    unknown = Task(family="no/such", prompt="?", spec={})
    with pytest.raises(UserError, match="no/such"):
        judge.verify(unknown, "x")
    found = judge.verify_many([PAIRS[0], (unknown, "x")])
    assert [verdict.reward for verdict in found] == [1.0, None]


VERDICT = verigym.verify(FORMULA, "s UNSATISFIABLE").to_json()


@pytest.mark.parametrize(
    "changes",
    [{"reward": 1.0}, {"reward": True}, {"reward": None}, {"reward": "0"}, {"status": "fine"}, {"cases": 5},
     {"status": "correct"}, {"correct": True}, {"abstained": True}, {"evidence": None}, {"version": None},
     {"task_id": "another"}],
    ids=str,
)  # fmt: skip
def test_verdicts_that_contradict_themselves_count_for_nothing(
    changes: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert verdict_from_json(VERDICT).to_json() == VERDICT
    told = json.dumps({**VERDICT, **changes}).encode()
    with Client("http://127.0.0.1:9") as judge:
        monkeypatch.setattr(judge._transport, "call", lambda *args: told)
        assert judge.verify(FORMULA, "x").status is Status.SANDBOX_ERROR
        many = b'{"verdicts": [%b, %b]}' % (told, json.dumps(VERDICT).encode())
        monkeypatch.setattr(judge._transport, "call", lambda *args: many)
        assert [verdict.reward for verdict in judge.verify_many([(FORMULA, "x")] * 2)] == [None, None]
        assert judge.verify_many([(FORMULA, "x")] * 3)[2].abstained  # one verdict too few
