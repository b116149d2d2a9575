"""Audit graders that people use, as released on the registry, with the same checks as our own families.

    python benchmarks/audit_others.py [--venv DIR] [--only NAME] [--json FILE]
    python benchmarks/audit_others.py --table FILE

makes a virtual environment with the pinned releases (and this package), then does the audit there for
each grader through its adapter in ``graders/``, with small records of our own, and prints a table for
docs/audited.md: which checks failed, with how many of the answers that they tried and what came of
those, and for each check one such answer.

What is audited is the released function, called as its documentation shows. What counts as no reward is
stated for each (``floor``). The code graders really run the attacks, with the containment that they
bring themselves, in a folder of their own; those that could harm the machine are left out. So run this
where nothing is lost: in a container, say. All together take about an hour on two busy cores. That pip
warns of what verl, trl and satquest require does no harm: what is called of them works without.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
import venv
from collections import Counter
from importlib.metadata import version
from pathlib import Path
from typing import Any

from graders import ALONE, GRADERS, NEEDED, PINNED

ROOT = Path(__file__).resolve().parents[1]
TASKS = 4
LONGEST_SHOWN = 70
"""Characters of an answer."""
OTHERWISE = {
    "no verdict": "hung",
    "raised": "raised",
    "a reply": "written on its caller's descriptors",
}
"""How an outcome begins that is no reward -> what it is called."""
NOT_PAID = {"reference": "not paid", "determinism": "differed", "range": "out of range"}
"""Check -> what a reward means that it did not expect, where that is not: paid for nothing."""
HEADING = """\
| grader | version | checks passed | failed, of answers tried | one answer for each |
|---|---|---|---|---|"""

Report = dict[str, Any]
"""A report as JSON has it, or a part of one."""


def audit_here(names: list[str], json_path: str | None) -> None:
    """Audit in this interpreter, which has what is to be audited."""
    from verigym.audit import Scale, audit

    whole = {}
    print(HEADING, flush=True)
    for name in names:
        grader = GRADERS[name]
        start = time.perf_counter()
        report = audit(
            f"graders.{grader.adapter}",
            data=grader.records(),
            tasks=TASKS,
            scale=Scale(grader.low, grader.high, grader.floor),
            deadline=grader.deadline,
        )
        whole[name] = {
            "release": f"{grader.package} {version(grader.package)}",
            "floor": grader.floor,
            "deadline": grader.deadline,
            "seconds": time.perf_counter() - start,
            **report.to_json(),
        }
        print(row(name, whole[name]), flush=True)
        if json_path is not None:
            Path(json_path).write_text(json.dumps(whole, indent=1))


def row(name: str, found: Report) -> str:
    """A grader's line of the table."""
    failed = [check for check in found["checks"] if check["findings"]]
    passed = sum(check["outcome"] == "passed" for check in found["checks"])
    counts = "; ".join(map(count, failed)) or "none"
    examples = "; ".join(map(example, failed)) or "-"
    return f"| {name} | {found['release']} | {passed} | {counts} | {examples} |"


def count(check: Report) -> str:
    """How many answers of a check were found, and what came of them."""
    kinds = Counter(kind(finding) for finding in check["findings"])
    told = ", ".join(f"{number} {what}" for what, number in kinds.most_common())
    return f"`{check['check']}` {len(check['findings'])} of {check['judged']} ({told})"


def kind(finding: Report) -> str:
    """What came of an answer, in a few words."""
    got = finding["got"]
    for start, words in OTHERWISE.items():
        if got.startswith(start):
            return words
    if got.startswith(("reward", "both orders")):
        return NOT_PAID.get(finding["check"], "paid")
    return "ended it"


def example(check: Report) -> str:
    """The first answer of a check that was paid, or else that did anything else."""
    found = sorted(check["findings"], key=lambda finding: kind(finding) != "paid")[0]
    if check["check"] == "exploits":
        return f"{found['what']} -> {found['got']}"
    shown = ascii(found["answer"].replace("`", "'"))
    if len(shown) > LONGEST_SHOWN:
        shown = f"{shown[:LONGEST_SHOWN]}...{shown[-1]}"
    got = found["got"].partition(": ")[0]
    return f"`{shown}` -> {got}".replace("|", "\\|")


def tabulated(paths: list[str]) -> None:
    """Print the table of what earlier runs found; of two on one grader, the later."""
    found: dict[str, Report] = {}
    for path in paths:
        found |= json.loads(Path(path).read_text())
    print(HEADING)
    for name in GRADERS:
        if name in found:
            print(row(name, found[name]))


def environment(folder: Path) -> Path:
    """A virtual environment with the pinned releases and this package; its interpreter."""
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
    pip = [str(python), "-m", "pip", "install", "-q", "--no-input", "--disable-pip-version-check"]
    subprocess.run([*pip, *_pins(PINNED), *NEEDED], check=True)
    subprocess.run([*pip, "--no-deps", *_pins(ALONE)], check=True)
    subprocess.run([*pip, str(ROOT)], check=True)
    return python


def _pins(releases: dict[str, str]) -> list[str]:
    return [f"{name}=={number}" for name, number in releases.items()]


def main() -> None:
    """Read the arguments, and go on inside the environment."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--venv", metavar="DIR", help="keep the environment there (default: a new one)")
    parser.add_argument("--only", metavar="NAME", action="append", help="one of those in the table")
    parser.add_argument("--json", metavar="FILE", help="write all findings here")
    parser.add_argument(
        "--table", metavar="FILE", action="append", help="audit nothing; print what --json wrote there"
    )
    parser.add_argument("--inside", action="store_true", help="this is the environment already")
    args = parser.parse_args()
    names = args.only or list(GRADERS)
    if unknown := [name for name in names if name not in GRADERS]:
        parser.error(f"{unknown[0]!r} is none of: {', '.join(GRADERS)}")
    if args.table:
        tabulated(args.table)
        return
    if args.inside:
        audit_here(names, args.json)
        return
    with tempfile.TemporaryDirectory() as scratch:
        python = environment(Path(args.venv or scratch).resolve())
        rest = [word for name in names for word in ("--only", name)]
        rest += ["--json", args.json] if args.json else []
        subprocess.run([str(python), __file__, "--inside", *rest], check=True)


if __name__ == "__main__":
    main()
