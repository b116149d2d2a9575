"""The report of a run: a table for the terminal, and one self-contained HTML page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from verigym.arena.chart import Line, chart, legend
from verigym.arena.curves import Figures

COLUMNS: Sequence[tuple[str, str, str]] = (
    ("round", "ROUND", "d"),
    ("discrimination", "DISCRIMINATION", "%"),
    ("validity", "VALIDITY", "%"),
    ("true_pass", "TRUE PASS", "%"),
    ("pool_pass", "POOL PASS", "%"),
    ("false_pass", "FALSE PASS", "%"),
    ("false_fail", "FALSE FAIL", "%"),
    ("tests", "TESTS", "d"),
    ("wrong", "WRONG", "d"),
    ("alive", "ALIVE", "d"),
    ("solver_reward", "SOLVER", "f"),
    ("tester_reward", "TESTER", "f"),
)
"""(figure, heading, how it is written)."""

MEANING = {
    "discrimination": "of the held-out faults, which neither player ever saw, the share that the pool "
    "of tests kills; the mean over tasks (shaded: 95 % interval)",
    "validity": "of the tests that the tester gave, the share that is valid",
    "true pass": "of the answers, the share that passes the hidden tests and the hidden suite",
    "pool pass": "of the answers, the share that passes the pool; this is the solver's reward",
    "false pass": "of the wrong answers, the share that passes the pool all the same",
    "false fail": "of the right answers, the share that the pool refuses",
    "tests": "tests in the pools of all tasks",
    "wrong": "wrong answers on their rosters: each passed the pool when it came",
    "alive": "those that no test kills yet",
}


def rows(figures: Sequence[Figures]) -> list[list[str]]:
    """The table, its heading first."""
    return [
        [heading for _, heading, _ in COLUMNS],
        *([_written(one[name], how) for name, _, how in COLUMNS] for one in figures),
    ]


def page(header: Mapping[str, Any], figures: Sequence[Figures]) -> str:
    """The HTML page of a run; it needs no script, no network and no other file."""
    config = header["config"]
    title = f"Arena: {config['solver'] or 'solver'} against {config['tester'] or 'tester'}"
    whole = len(figures) == config["rounds"] + 1
    told = (
        f"{len(header['tasks'])} tasks, {max(len(figures) - 1, 0)} of {config['rounds']} rounds, "
        f"{config['answers']} answers and up to {config['tests']} tests for each task in each round; "
        f"seed {config['seed']}; {'white-box' if config['white_box'] else 'black-box'} tester, "
        f"{'open' if config['open_pool'] else 'closed'} pool. verigym "
        f"{header.get('verigym', '?')}, Python {header.get('python', '?')}."
    )
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><main>",
        f"<h1>{escape(title)}</h1><p>{escape(told)}</p>",
        *([] if whole else ["<p><strong>This run is not over.</strong></p>"]),
        _tiles(figures),
        '<div class="charts">',
        *_charts(figures),
        "</div>",
        "<h2>Figures</h2>",
        _table(figures),
        "<h2>What they mean</h2><dl>",
        *(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in MEANING.items()),
        "</dl>",
        f"<p>{escape(_abstained(figures))}</p>",
        "</main></body></html>",
    ]
    return "\n".join(part for part in parts if part) + "\n"


def _charts(figures: Sequence[Figures]) -> list[str]:
    rounds = [one["round"] for one in figures]

    def line(name: str, key: str) -> Line:
        margins = [one["margin"] for one in figures] if key == "discrimination" else ()
        return Line(name, [one[key] for one in figures], margins)

    shown = [
        ("Discrimination against held-out faults", [line("discrimination", "discrimination")], True),
        ("False pass: wrong answers that pass the pool", [line("false pass", "false_pass")], True),
        (
            "Pass rates of the answers",
            [line("hidden tests (true)", "true_pass"), line("pool", "pool_pass")],
            True,
        ),
        ("Validity of the tests", [line("validity", "validity")], True),
        (
            "Pool sizes, all tasks",
            [line("tests", "tests"), line("wrong answers", "wrong"), line("alive", "alive")],
            False,
        ),
        ("Rewards", [line("solver", "solver_reward"), line("tester", "tester_reward")], True),
    ]
    return [
        f"<figure><figcaption>{escape(title)}</figcaption>{legend(lines)}"
        f"{chart(title, rounds, lines, share)}</figure>"
        for title, lines, share in shown
    ]


def _tiles(figures: Sequence[Figures]) -> str:
    if not figures:
        return ""
    first, last = figures[0], figures[-1]
    tiles = [
        (
            "discrimination",
            f"{_written(first['discrimination'], '%')} → {_written(last['discrimination'], '%')}",
        ),
        ("false pass, last round", _written(last["false_pass"], "%")),
        ("true pass, last round", _written(last["true_pass"], "%")),
        ("tests in the pools", f"{first['tests']} → {last['tests']}"),
    ]
    inner = "".join(
        f"<div><b>{escape(value)}</b><span>{escape(name)}</span></div>" for name, value in tiles
    )
    return f'<div class="tiles">{inner}</div>'


def _table(figures: Sequence[Figures]) -> str:
    heading, *body = rows(figures)
    cells = "".join(f"<th>{escape(cell.lower())}</th>" for cell in heading)
    lines = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in body
    )
    table = f"<table><thead><tr>{cells}</tr></thead><tbody>{lines}</tbody></table>"
    return f'<div class="scroll">{table}</div>'


def _abstained(figures: Sequence[Figures]) -> str:
    solver = sum(one["solver_abstained"] for one in figures)
    tester = sum(one["tester_abstained"] for one in figures)
    return (
        f"Turns that could not be judged, which have no reward and count in no figure: {solver} of the "
        f"solver, {tester} of the tester."
    )


def _written(value: float | None, how: str) -> str:
    if value is None:
        return "-"
    if how == "%":
        return f"{100 * value:.1f} %"
    return f"{value:d}" if how == "d" else f"{value:.3f}"


_STYLE = """
:root{--ink:#1b1f24;--soft:#5b6570;--paper:#ffffff;--card:#f5f6f8;--rule:#d9dde2;
--c0:#1f6feb;--c1:#b3420c;--c2:#1a7f4b}
@media (prefers-color-scheme:dark){:root{--ink:#e8eaed;--soft:#a5aeb8;--paper:#14171b;--card:#1d2127;
--rule:#343a42;--c0:#6ea8ff;--c1:#ff9c6b;--c2:#5fd39a}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:1120px;margin:0 auto;padding:16px}
h1{font-size:1.4rem;line-height:1.25;overflow-wrap:anywhere}h2{font-size:1.1rem;margin-top:2rem}
p,dd,dt{max-width:75ch}dt{font-weight:600}dd{margin:0 0 .5rem;color:var(--soft)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:10px}
.tiles div{background:var(--card);border-radius:8px;padding:10px 12px}
.tiles b{display:block;font-size:1.15rem}.tiles span{color:var(--soft);font-size:.85rem}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,320px),1fr));gap:16px;margin-top:16px}
figure{margin:0;background:var(--card);border-radius:8px;padding:12px}
figcaption{font-weight:600}
figure>svg{width:100%;height:auto;display:block}
svg text{fill:var(--soft);font:11px system-ui,sans-serif}
.grid{stroke:var(--rule);stroke-width:1}.line{fill:none;stroke-width:2;stroke-linejoin:round}
.line.c0{stroke:var(--c0)}.line.c1{stroke:var(--c1)}.line.c2{stroke:var(--c2)}
.dot.c0,.band.c0{fill:var(--c0)}.dot.c1,.band.c1{fill:var(--c1)}.dot.c2,.band.c2{fill:var(--c2)}
.band{opacity:.16}
.legend{margin:.2rem 0;font-size:.85rem;color:var(--soft);display:flex;flex-wrap:wrap;gap:4px 14px}
.key{width:26px;height:8px;margin-right:5px;vertical-align:middle}
.scroll{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.85rem}
th,td{padding:5px 10px;text-align:right;border-bottom:1px solid var(--rule);white-space:nowrap}
th{color:var(--soft);font-weight:600}
"""
