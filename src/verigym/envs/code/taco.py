"""TACO: 26,443 problems from programming contests, in the shape of APPS.

Li et al., "TACO: Topics in Algorithmic COde generation dataset", arXiv 2312.14852; ``BAAI/TACO``. A
record may say its time limit ("2.0 seconds"), which then holds instead of ``timeout``.
"""

from __future__ import annotations

import re

from verigym.envs.code.apps import Apps
from verigym.envs.code.published import KNOBS, Record

_SECONDS = re.compile(r"\s*(\d{1,4}(?:\.\d{1,6})?)\s*(s|secs?|seconds?)\.?\s*", re.IGNORECASE)


class Taco(Apps):
    """Problems as :class:`Apps` has them, with time limits."""

    name = "code/taco"
    summary = "write a program or a function for a contest's problem; judged by inputs and outputs"
    published_as = "a path of JSONL records of BAAI/TACO, or a list of them"
    knobs = {
        "data": published_as,
        "timeout": "seconds of processor time for each test of a record that says none (default 6)",
        **KNOBS,
    }
    named_by = ("name", "url", "id")

    def seconds(self, record: Record) -> float:
        found = _SECONDS.fullmatch(record.text("time_limit", ""))
        return float(found[1]) if found and float(found[1]) > 0 else self.timeout
