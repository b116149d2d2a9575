"""Checkers and interactors, in Python and in C, and tasks that have them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from verigym.envs.code import stdio_task
from verigym.task import Task

CHECKER = """
import sys
given, printed, answer = (open(name).read().split() for name in sys.argv[1:4])
assert answer == ["jury"], answer
if len(printed) < 2: sys.exit(8)
if len(printed) > 2: sys.exit(4)
try: a, b = map(int, printed)
except ValueError: sys.exit(2)
print("the sum is", a + b, file=sys.stderr)
sys.exit(0 if a + b == int(given[0]) and a > 0 and b > 0 else 1)
"""
CHECKER_IN_C = r"""
#include "judge.h"
int main(int count, char **words) {
    FILE *given = fopen(words[1], "r"), *printed = fopen(words[2], "r");
    int n, a, b;
    if (count != 4 || fscanf(given, "%d", &n) != 1) return FAIL;
    if (fscanf(printed, "%d %d", &a, &b) != 2) return 2;
    fprintf(stderr, "the sum is %d", a + b);
    return a + b == n && a > 0 && b > 0 ? 0 : 1;
}
"""
SCORER = """
import sys
given, answer, printed = (open(name).read().split() for name in sys.argv[1:4])
assert answer == ["jury"], answer
print("score:")
print(1.0 if sum(map(int, printed)) == int(given[0]) and len(printed) == 2 else 0.5)
"""
CHECKERS: dict[str, dict[str, Any]] = {
    "python": {"source": CHECKER},
    "c": {"source": CHECKER_IN_C, "language": "c", "files": {"judge.h": "#include <stdio.h>\n#define FAIL 3\n"}},
    "score": {"source": SCORER, "protocol": "score"},
}  # fmt: skip

INTERACTOR = """
import sys
secret, turns = int(open(sys.argv[1]).read()), 7
for turn in range(turns):
    line = sys.stdin.readline()
    if not line: sys.exit(8)
    try: guess = int(line)
    except ValueError: sys.exit(2)
    if guess == secret:
        print("yes", flush=True)
        sys.exit(0)
    print("less" if secret < guess else "more", flush=True)
print("enough", flush=True)
sys.exit(1)
"""
INTERACTOR_IN_C = r"""
#include <stdio.h>
#include <stdlib.h>
int main(int count, char **words) {
    int secret, guess, turn;
    if (count != 4 || fscanf(fopen(words[1], "r"), "%d", &secret) != 1) return 3;
    for (turn = 0; turn < 7; turn++) {
        if (scanf("%d", &guess) != 1) return 2;
        puts(guess == secret ? "yes" : secret < guess ? "less" : "more");
        fflush(stdout);
        if (guess == secret) return 0;
    }
    return 1;
}
"""
SEARCH = """
low, high = 1, 100
while True:
    guess = (low + high) // 2
    print(guess, flush=True)
    said = input()
    if said == "yes": break
    if said == "less": high = guess - 1
    else: low = guess + 1
"""
SEARCH_IN_C = r"""
#include <stdio.h>
int main(void) {
    int low = 1, high = 100;
    char said[9];
    for (;;) {
        int guess = (low + high) / 2;
        printf("%d\n", guess);
        fflush(stdout);
        if (scanf("%8s", said) != 1 || said[0] == 'y') return 0;
        if (said[0] == 'l') high = guess - 1; else low = guess + 1;
    }
}
"""


def checked(checker: Mapping[str, Any], **more: Any) -> Task:
    cases = [("5\n", "jury"), ("9\n", "jury")]
    return stdio_task("Two numbers above 0 with this sum.", cases, checker=checker, **more)


def talked(
    source: str = INTERACTOR,
    language: str = "python",
    answer_in: str = "python",
    wall_seconds: float = 5.0,
    **more: Any,
) -> Task:
    return stdio_task(
        "Guess a number from 1 to 100 in seven turns.",
        [("37\n", ""), ("100\n", "")],
        interactor={"source": source, "language": language},
        language=answer_in,
        limits={"wall_seconds": wall_seconds},
        **more,
    )
