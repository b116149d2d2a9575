"""Counters for the people who run the server, in Prometheus' text format.

https://prometheus.io/docs/instrumenting/exposition_formats/ describes the format. Everything is counted
on the event loop, so there are no locks. Labels come from closed lists: nobody can fill the memory by
asking for paths that are not there.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
"""Upper bounds of the latency histogram, in seconds."""


class Metrics:
    """What happened since the start."""

    def __init__(self) -> None:
        self._requests: Counter[tuple[str, int]] = Counter()
        self._runs: Counter[str] = Counter()
        self._rejected: Counter[str] = Counter()
        self._latency: dict[str, _Histogram] = {}

    def request(self, path: str, status: int, seconds: float) -> None:
        """Count one request that was answered."""
        self._requests[path, status] += 1
        histogram = self._latency.get(path)
        if histogram is None:
            histogram = self._latency[path] = _Histogram()
        histogram.observe(seconds)

    def ran(self, outcomes: Iterable[str]) -> None:
        """Count programs that were run, or answers judged."""
        self._runs.update(outcomes)

    def rejected(self, reason: str) -> None:
        """Count one request that was turned away unread."""
        self._rejected[reason] += 1

    def text(self, gauges: Mapping[str, tuple[str, float]]) -> str:
        """All of it, with gauges given by name: what each means, and its value now."""
        lines: list[str] = []
        for name, (meaning, value) in gauges.items():
            lines += _head(f"verigym_{name}", "gauge", meaning)
            lines.append(f"verigym_{name} {value:g}")
        lines += _head("verigym_requests_total", "counter", "Requests answered.")
        lines += [
            f'verigym_requests_total{{path="{path}",status="{status}"}} {count}'
            for (path, status), count in sorted(self._requests.items())
        ]
        for name, meaning, label, counter in (
            ("runs", "Programs run and answers judged, by how they ended.", "outcome", self._runs),
            ("rejected", "Requests turned away before any work.", "reason", self._rejected),
        ):
            lines += _head(f"verigym_{name}_total", "counter", meaning)
            lines += [
                f'verigym_{name}_total{{{label}="{value}"}} {count}'
                for value, count in sorted(counter.items())
            ]
        lines += _head("verigym_request_seconds", "histogram", "From a request's head to its reply.")
        for path, histogram in sorted(self._latency.items()):
            lines += histogram.lines("verigym_request_seconds", f'path="{path}"')
        return "\n".join(lines) + "\n"


class _Histogram:
    def __init__(self) -> None:
        self._counts = [0] * (len(BUCKETS) + 1)
        self._sum = 0.0

    def observe(self, seconds: float) -> None:
        self._counts[bisect_left(BUCKETS, seconds)] += 1
        self._sum += seconds

    def lines(self, name: str, label: str) -> list[str]:
        found, total = [], 0
        for bound, count in zip((*BUCKETS, float("inf")), self._counts, strict=True):
            total += count
            edge = "+Inf" if bound == float("inf") else f"{bound:g}"
            found.append(f'{name}_bucket{{{label},le="{edge}"}} {total}')
        return [*found, f"{name}_sum{{{label}}} {self._sum:.6f}", f"{name}_count{{{label}}} {total}"]


def _head(name: str, kind: str, meaning: str) -> list[str]:
    return [f"# HELP {name} {meaning}", f"# TYPE {name} {kind}"]
