"""``verigym eval``: runs answers over a family's tasks and sums the verdicts up."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from typing import Any

from verigym.bench import answers, results
from verigym.bench.answers import Posed, Source
from verigym.bench.jsonl import must_be_new, writing
from verigym.bench.pairs import Pairs
from verigym.bench.run import judging
from verigym.bench.summary import Summary, Tally
from verigym.cli import command
from verigym.cli.output import note, progress, say, say_json
from verigym.errors import UserError

HELP = """run answers over a family's tasks

The answers are the family's own reference, null or random answers, what a real solver answers (where
the family has one, as sat/decide has), or those of a file of lines
{"task_id": ..., "answer": ...} ("index" may stand for "task_id": the position of the task, from 0; a
task may have several answers).

mean_reward is over the judged answers. Answers that could not be judged (abstentions) are counted
apart: they have no reward. Tasks without an answer in the file are counted as missing, and each as one
answer of reward 0. Where tasks come in pairs (as in sat/decide), it also counts the pairs that were
posed whole and judged, and those with both answers correct."""

EPILOG = """\
  verigym eval sat/decide --answers reference
  verigym eval sat/decide --answers random --samples 4 --count 20 --json
  verigym eval code/humaneval --data HumanEval.jsonl.gz --answers answers.jsonl \\
      --out verdicts.jsonl --resume
"""

OWN = {"reference": answers.reference, "solver": answers.solver, "null": answers.null}


def add(commands: Any) -> None:
    """Declare the command."""
    parser = command.add(commands, "eval", run, HELP, EPILOG)
    command.add_family(parser)
    parser.add_argument(
        "--answers", metavar="SOURCE", required=True, help="reference, solver, null, random or a file"
    )
    parser.add_argument(
        "--count",
        metavar="N",
        type=command.natural,
        help="how many tasks, from the first (default: the family's, or all of its data)",
    )
    parser.add_argument(
        "--samples",
        metavar="N",
        type=command.positive,
        help="answers for each task (default: all null answers, all in a file, else 1)",
    )
    parser.add_argument(
        "--seed", metavar="N", type=command.natural, default=0, help="for random answers (default: 0)"
    )
    parser.add_argument(
        "--workers", metavar="N", type=command.positive, help="how many to judge at a time"
    )
    parser.add_argument("--out", metavar="FILE", help="write each verdict here as a line of JSON")
    parser.add_argument(
        "--resume", action="store_true", help="continue --out: judge only what has no verdict there"
    )
    command.add_sandbox(parser)
    parser.add_argument("--json", action="store_true", help="print a JSON object")
    parser.add_argument("--no-progress", action="store_true", help="show no progress bar")


def run(args: argparse.Namespace) -> int:
    """Do it and return the exit code."""
    if args.resume and args.out is None:
        raise UserError("--resume continues a file: name it with --out")
    if not args.resume:
        must_be_new(args.out, "--resume continues it; or remove it, or choose another name")
    command.use_sandbox(args)
    posed = Posed(command.family(args), args.split, args.count)
    jobs = answers.jobs(posed, _source(args, posed))
    stored = results.load(args.out) if args.resume else {}
    tally = Tally()
    reasons: list[str] = []
    try:
        with ExitStack() as stack:
            bar = stack.enter_context(progress(len(posed), "task", args.no_progress))
            write = stack.enter_context(writing(args.out, append=True)) if args.out else None
            fresh = results.unjudged(jobs, stored, tally)
            for job, verdict in stack.enter_context(judging(fresh, args.workers)):
                tally.add(job, verdict.status, verdict.reward)
                if write is not None:
                    write(results.to_line(job, verdict))
                if verdict.abstained and not reasons:
                    reasons.append(str(verdict.evidence.get("error", verdict.feedback)))
                bar.update(job.index - bar.n)  # in order, so all tasks before this one are done
            bar.update(len(posed) - bar.n)
    except KeyboardInterrupt:
        note(f"verigym: interrupted; so far: {_line(tally.summary())}")
        raise
    summary = tally.summary()
    _note_what_is_odd(summary, reasons)
    if args.json:
        say_json(
            {
                "family": posed.family.name,
                "version": posed.family.version,
                "split": args.split,
                "answers": args.answers,
                **summary.to_json(),
            }
        )
    else:
        say(_text(f"{posed.family.name}, split {args.split}, answers: {args.answers}", summary))
    return command.ABSTAINED if summary.abstained else command.OK


def _source(args: argparse.Namespace, posed: Posed) -> Source:
    if args.answers in OWN:
        return OWN[args.answers](posed.family, args.samples)
    if args.answers == "random":
        return answers.guesses(posed.family, args.samples, args.seed)
    return answers.from_file(args.answers, posed, args.samples)


def _note_what_is_odd(summary: Summary, reasons: list[str]) -> None:
    if summary.missing:
        note(
            f"verigym: note: {summary.missing} of {summary.tasks} tasks have no answer; "
            "each counts as one answer of reward 0"
        )
    if summary.abstained:
        note(
            f"verigym: note: {summary.abstained} of {summary.samples} answers could not be judged and "
            f"have no reward; the first because of: {reasons[0]}"
        )


def _line(summary: Summary) -> str:
    return (
        f"{summary.judged} judged, {summary.correct} correct, mean reward {_mean(summary)}, "
        f"{summary.abstained} abstained, {summary.missing} missing"
    )


def _text(title: str, summary: Summary) -> str:
    share = f" ({100 * summary.correct / summary.judged:.1f} %)" if summary.judged else ""
    statuses = ", ".join(f"{count} {status}" for status, count in summary.by_status.items())
    return "\n".join(
        [
            title,
            f"  tasks        {summary.tasks}",
            f"  answers      {summary.samples} ({summary.missing} missing, {summary.resumed} resumed)",
            f"  judged       {summary.judged}, and {summary.abstained} abstained",
            f"  correct      {summary.correct}{share}",
            f"  mean reward  {_mean(summary)}",
            *([] if summary.pairs is None else [f"  pairs        {_pairs(summary.pairs)}"]),
            f"  by status    {statuses or '-'}",
            f"  seconds      {summary.seconds:.1f}",
        ]
    )


def _pairs(pairs: Pairs) -> str:
    share = "" if pairs.share is None else f" ({100 * pairs.share:.1f} %)"
    return f"{pairs.whole} whole, {pairs.judged} judged, {pairs.correct} with both correct{share}"


def _mean(summary: Summary) -> str:
    return "-" if summary.mean_reward is None else f"{summary.mean_reward:.4f}"
