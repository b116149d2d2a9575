"""Curves as SVG: drawn here, so that a page needs no script and no network.

Colours are names of CSS variables, which the page sets for light and dark. A line is told from
others by its dash too, and every chart has the figures below it in a table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 360, 220
LEFT, RIGHT, TOP, BOTTOM = 44, 12, 12, 34
DASHES = ("", "7 4", "2 3")


@dataclass(frozen=True)
class Line:
    """One curve: for each round a value, or None where there is none."""

    name: str
    values: Sequence[float | None]
    margins: Sequence[float | None] = ()
    """Half-widths of the intervals around the values, where they are known."""


def chart(title: str, rounds: Sequence[int], lines: Sequence[Line], share: bool = True) -> str:
    """An ``<svg>`` of some curves over rounds; ``share`` says that values are from 0 to 1."""
    known = [value for line in lines for value in line.values if value is not None]
    top = 1.0 if share else _nice(max(known, default=1.0))
    frame = _Frame(rounds, top)
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title, quote=True)}" '
        'xmlns="http://www.w3.org/2000/svg">',
        *_axes(frame, share),
    ]
    for number, line in enumerate(lines):
        parts += _band(frame, line, number)
        parts += _curve(frame, line, number)
    return "\n".join([*parts, "</svg>"])


def legend(lines: Sequence[Line]) -> str:
    """What the curves of a chart are, as HTML; empty for one curve, which the title names."""
    if len(lines) < 2:
        return ""
    items = []
    for number, line in enumerate(lines):
        style = f'class="line c{number % 3}" stroke-dasharray="{DASHES[number % 3]}"'
        key = f'<line x1="1" x2="25" y1="4" y2="4" {style}/>'
        svg = f'<svg class="key" viewBox="0 0 26 8" aria-hidden="true">{key}</svg>'
        items.append(f"<span>{svg}{escape(line.name)}</span>")
    return f'<p class="legend">{"".join(items)}</p>'


@dataclass(frozen=True)
class _Frame:
    """From rounds and values to places."""

    rounds: Sequence[int]
    top: float

    def x(self, place: int) -> float:
        steps = max(len(self.rounds) - 1, 1)
        return LEFT + (WIDTH - LEFT - RIGHT) * place / steps

    def y(self, value: float) -> float:
        share = min(max(value / self.top, 0.0), 1.0)
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share


def _axes(frame: _Frame, share: bool) -> list[str]:
    parts = []
    for quarter in range(5):
        value = frame.top * quarter / 4
        y = frame.y(value)
        label = f"{100 * value:.0f} %" if share else f"{value:g}"
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{label}</text>')
    every = -(-len(frame.rounds) // 9)
    for place, number in enumerate(frame.rounds):
        if place % every == 0:
            x = frame.x(place)
            parts.append(
                f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{number}</text>'
            )
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(f'<text x="{middle:.1f}" y="{HEIGHT - 4}" text-anchor="middle">round</text>')
    return parts


def _band(frame: _Frame, line: Line, number: int) -> list[str]:
    points = [
        (frame.x(place), frame.y(value + margin), frame.y(value - margin))
        for place, (value, margin) in enumerate(zip(line.values, line.margins, strict=False))
        if value is not None and margin is not None
    ]
    if len(points) < 2:
        return []
    around = [f"{x:.1f},{high:.1f}" for x, high, _ in points]
    around += [f"{x:.1f},{low:.1f}" for x, _, low in reversed(points)]
    return [f'<polygon class="band c{number % 3}" points="{" ".join(around)}"/>']


def _curve(frame: _Frame, line: Line, number: int) -> list[str]:
    """The curve, broken where there is no value, with a dot for each value."""
    runs: list[list[tuple[float, float]]] = [[]]
    for place, value in enumerate(line.values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((frame.x(place), frame.y(value)))
    parts = []
    for run in runs:
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in run)
        if len(run) > 1:
            dash = DASHES[number % 3]
            parts.append(
                f'<polyline class="line c{number % 3}" stroke-dasharray="{dash}" points="{points}"/>'
            )
        parts += [
            f'<circle class="dot c{number % 3}" cx="{x:.1f}" cy="{y:.1f}" r="2.6"/>' for x, y in run
        ]
    return parts


def _nice(value: float) -> float:
    """The least of 4, 8, 12, 20, 40, 80, ... that is no less than a value: quarters of it are whole."""
    scale = 1.0
    while True:
        for step in (4, 8, 12, 20):
            if value <= step * scale:
                return step * scale
        scale *= 10
