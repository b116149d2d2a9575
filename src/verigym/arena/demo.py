"""Small tasks that come with the arena, so that it can be watched without any data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from verigym.arena.play import Material
from verigym.envs.code.functions import function_task

_TASKS: Sequence[tuple[str, str, str, Sequence[tuple[Sequence[Any], Any]]]] = (
    (
        "clamp",
        "Write clamp(x, low, high): x, but not below low nor above high. For example clamp(5,"
        " 1, 3) == 3.",
        "def clamp(x, low, high):\n"
        "    if x < low:\n"
        "        return low\n"
        "    if x > high:\n"
        "        return high\n"
        "    return x\n",
        [((2, 1, 3), 2), ((0, 1, 3), 1), ((-4, -9, -2), -4), ((3, 3, 3), 3)],
    ),
    (
        "runs",
        "Write runs(text): pairs (character, length) of its runs of equal characters, in "
        "order. For example runs('aab') == [('a', 2), ('b', 1)].",
        "def runs(text):\n"
        "    found = []\n"
        "    for char in text:\n"
        "        if found and found[-1][0] == char:\n"
        "            found[-1] = (char, found[-1][1] + 1)\n"
        "        else:\n"
        "            found.append((char, 1))\n"
        "    return found\n",
        [(("aab",), [("a", 2), ("b", 1)]), (("",), []), (("aba",), [("a", 1), ("b", 1), ("a", 1)])],
    ),
    (
        "insert_at",
        "Write insert_at(sorted_items, x): the first position at which x can be inserted into"
        " the sorted list so that it stays sorted. For example insert_at([1, 3], 2) == 1.",
        "def insert_at(items, x):\n"
        "    low, high = 0, len(items)\n"
        "    while low < high:\n"
        "        middle = (low + high) // 2\n"
        "        if items[middle] < x:\n"
        "            low = middle + 1\n"
        "        else:\n"
        "            high = middle\n"
        "    return low\n",
        [(([1, 3], 2), 1), (([], 5), 0), (([1, 1, 1], 1), 0), (([1, 2], 9), 2)],
    ),
    (
        "leap",
        "Write leap(year): whether the year is a leap year. For example leap(2024) is True.",
        "def leap(year):\n    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)\n",
        [((2024,), True), ((2023,), False), ((1900,), False), ((2000,), True)],
    ),
    (
        "balanced",
        "Write balanced(text): whether round and square brackets in it match. For example "
        "balanced('([])') is True.",
        "def balanced(text):\n"
        "    open_ = []\n"
        "    for char in text:\n"
        "        if char in '([':\n"
        "            open_.append(')' if char == '(' else ']')\n"
        "        elif char in ')]':\n"
        "            if not open_ or open_.pop() != char:\n"
        "                return False\n"
        "    return not open_\n",
        [(("([])",), True), (("(]",), False), (("((",), False), (("",), True), (("a)",), False)],
    ),
    (
        "second",
        "Write second(xs): the second largest different number of a list, or None when there "
        "is none. For example second([4, 1, 4]) == 1.",
        "def second(xs):\n"
        "    best = other = None\n"
        "    for x in xs:\n"
        "        if best is None or x > best:\n"
        "            best, other = x, best\n"
        "        elif x != best and (other is None or x > other):\n"
        "            other = x\n"
        "    return other\n",
        [(([4, 1, 4],), 1), (([7],), None), (([1, 2, 3],), 2), (([3, 2, 1],), 2), (([],), None)],
    ),
    (
        "roman",
        "Write roman(n): a number from 1 to 3999 in Roman numerals. For example roman(9) == 'IX'.",
        "def roman(n):\n"
        "    steps = [(1000, 'M'), (900, 'CM'), (500, 'D'), (400, 'CD'), (100, 'C'), (90, 'XC'),\n"
        "             (50, 'L'), (40, 'XL'), (10, 'X'), (9, 'IX'), (5, 'V'), (4, 'IV'), (1, 'I')]\n"
        "    text = ''\n"
        "    for value, sign in steps:\n"
        "        while n >= value:\n"
        "            text += sign\n"
        "            n -= value\n"
        "    return text\n",
        [((9,), "IX"), ((1994,), "MCMXCIV"), ((3,), "III"), ((40,), "XL")],
    ),
    (
        "wrap",
        "Write wrap(text, width): its words in lines of at most width characters, greedily; a"
        " longer word has a line of its own. For example wrap('a bb c', 4) == ['a bb', 'c'].",
        "def wrap(text, width):\n"
        "    lines = []\n"
        "    for word in text.split():\n"
        "        if lines and len(lines[-1]) + 1 + len(word) <= width:\n"
        "            lines[-1] += ' ' + word\n"
        "        else:\n"
        "            lines.append(word)\n"
        "    return lines\n",
        [(("a bb c", 4), ["a bb", "c"]), (("", 3), []), (("long a b", 3), ["long", "a b"])],
    ),
    (
        "merge",
        "Write merge(spans): the union of closed intervals [low, high], as a sorted list of "
        "intervals that do not touch. For example merge([[1, 3], [2, 5]]) == [[1, 5]].",
        "def merge(spans):\n"
        "    found = []\n"
        "    for low, high in sorted(spans):\n"
        "        if found and low <= found[-1][1]:\n"
        "            found[-1][1] = max(found[-1][1], high)\n"
        "        else:\n"
        "            found.append([low, high])\n"
        "    return found\n",
        [(([[1, 3], [2, 5]],), [[1, 5]]), (([],), []), (([[4, 6], [1, 2]],), [[1, 2], [4, 6]])],
    ),
    (
        "digits",
        "Write digits(n, base): the digits of n (from 0 up) in a base (from 2 up), the most "
        "significant first. For example digits(6, 2) == [1, 1, 0].",
        "def digits(n, base):\n"
        "    found = [n % base]\n"
        "    while n >= base:\n"
        "        n //= base\n"
        "        found.append(n % base)\n"
        "    return found[::-1]\n",
        [((6, 2), [1, 1, 0]), ((0, 7), [0]), ((255, 16), [15, 15])],
    ),
)
"""(entry point, prompt, reference, hidden cases)."""


def materials() -> list[Material]:
    """The tasks."""
    return [
        Material(function_task(prompt, name, cases=cases, reference=reference))
        for name, prompt, reference, cases in _TASKS
    ]
