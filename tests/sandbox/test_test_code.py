"""Test code meets a candidate's objects, generators and exceptions the same way on every backend."""

from __future__ import annotations

import textwrap

import pytest

from verigym import Status
from verigym.envs.code import function_task
from verigym.sandbox import Sandbox
from verigym.verifiers.calls import FunctionVerifier

TESTS = """
    from solution import Account, Overdrawn, history
    account = Account(5)
    account.pay(7)
    assert account.sum == 12 and isinstance(account, Account) and account == Account(5).pay(7)
    try: account.pay(-20)
    except Overdrawn as error: assert error.lacking == 8 and str(error) == "8 too much"
    else: assert False
    assert next(history(account)) == 5 and list(history(account)) == [5, 7]
    seen = []
    assert account.each(lambda n: seen.append(n) or 2 * n) == [10, 14] and seen == [5, 7]
"""

ANSWER = """
    class Overdrawn(ValueError):
        def __init__(self, lacking):
            self.lacking = lacking
            super().__init__(f"{lacking} too much")
    class Account:
        def __init__(self, start): self.items = [start]
        @property
        def sum(self): return sum(self.items)
        def pay(self, n):
            if self.sum + n < 0: raise Overdrawn(-n - self.sum)
            self.items.append(n)
            return self
        def each(self, f): return [f(n) for n in self.items]
    def history(account): yield from account.items
"""

WRONG = {
    "a wrong sum": ("return sum(self.items)", "return 5", Status.WRONG),
    "another exception": ("raise Overdrawn(-n - self.sum)", "raise TypeError", Status.RUNTIME_ERROR),
    "no generator": ("yield from account.items", "return account.items", Status.WRONG),
    "calls too often": ("f(n) for", "f(n) and f(n) for", Status.WRONG),
    "ends in a call back": ("[f(n) for n in self.items]", "f(exit())", Status.RUNTIME_ERROR),
    "says that it is equal": ("return self\n", "return True\n", Status.WRONG),
    "calls back for ever": ("[f(n) for n in self.items]", "[f(5) for n in iter(int, 1)]", Status.TIMEOUT),
    "gives an object that nobody knows": (
        "return sum(self.items)",
        "\n            import os; os.write(5, b'\\0\\0\\0\\x17{\"value\":{\"object\":12}}')",
        Status.RUNTIME_ERROR,
    ),
}  # fmt: skip


@pytest.mark.parametrize("wrong", ["", *WRONG])
def test_a_class_is_judged_alike_everywhere(box: Sandbox, wrong: str) -> None:
    tests, answer = textwrap.dedent(TESTS), textwrap.dedent(ANSWER)
    limits = {"wall_seconds": 0.5 if "for ever" in wrong else 4.0}
    task = function_task("p", "Account", tests=tests, timeout=1, limits=limits)
    expected = Status.CORRECT
    if wrong:
        old, new, expected = WRONG[wrong]
        assert old in answer
        answer = answer.replace(old, new)
    verdict = FunctionVerifier(box).verify(task, answer)
    assert verdict.status is expected, verdict
    assert verdict.evidence["isolation"] == "separate"
