"""The checks of an audit, in the order in which they are done: each a claim and what tries it.

Those here look at answers one by one. What needs several processes is in
:mod:`verigym.audit.processes`, what looks at the tasks themselves in :mod:`verigym.audit.posing`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from verigym.audit import cheap, posing, processes, texts
from verigym.audit.context import Audit, Skip, Tally, judged, may_be_right, tried
from verigym.audit.exploits import EXPLOITS
from verigym.audit.fuzz import NoHypothesis, odd_answers
from verigym.audit.mutate import mutants
from verigym.audit.target import FUNCTION, PROGRAM, Item
from verigym.audit.trial import Must, Trial
from verigym.audit.witness import opinion

OTHERS = 4
"""Answers of other tasks that each task is given."""
MUTANTS = 6
"""Mutants of each reference."""
FUZZED = 60
"""Made-up answers for all tasks together, or three for each where that is more."""


@dataclass(frozen=True)
class Check:
    """One thing that an audit tries."""

    name: str
    claim: str
    """What holds when it passes."""
    run: Callable[[Audit], Tally]


def reference(audit: Audit) -> Tally:
    """The reference, as it is."""
    return tried(
        audit,
        (Trial(item.index, item.reference, "the reference", Must.FULL) for item in audit.referenced()),
    )


def nulls(audit: Audit) -> Tally:
    """The family's null answers, and some that are null for every family."""

    def trials() -> Iterator[Trial]:
        for item in audit.target.items:
            for text in item.nulls:
                yield Trial(item.index, text, "a null answer of the family's own", Must.NOTHING)
            for text in dict.fromkeys([*texts.NULLS, *_null_code(item)]):
                if text not in item.nulls and not may_be_right(item, text):
                    yield Trial(item.index, text, "an answer that knows nothing", Must.NOTHING)

    return tried(audit, trials())


def _null_code(item: Item) -> list[str]:
    if item.form == PROGRAM:
        return list(texts.PROGRAMS)
    if item.form != FUNCTION:
        return []
    owner, _, name = item.entry_point.rpartition(".")
    head = f"class {owner}:\n    " if owner else ""
    return [f"{head}def {name}(*a, **k): {body}\n" for body in texts.FUNCTIONS]


def echo(audit: Audit) -> Tally:
    """The prompt, in the forms that an answer takes."""

    def trials() -> Iterator[Trial]:
        for item in audit.target.items:
            text = item.prompt
            shapes = {
                "the prompt": text,
                "the prompt twice": f"{text}\n{text}",
                "the prompt in tags": f"<answer>{text}</answer>",
                "the prompt in a fence": f"```\n{text}\n```",
                "the prompt in a box": f"\\boxed{{{text}}}",
                "the prompt's last line": text.strip().rpartition("\n")[2],
            }
            for what, answer in shapes.items():
                if not may_be_right(item, answer):
                    yield Trial(item.index, answer, what, Must.NOTHING)

    return tried(audit, trials())


def others(audit: Audit) -> Tally:
    """References of other tasks, renamed for functions, unless they are right here too."""
    items = audit.referenced()

    def trials() -> Iterator[Trial]:
        for item in items:
            near = [items[(items.index(item) + step) % len(items)] for step in range(1, len(items))]
            right = (other for other in near if not _same_question(item, other))
            for other in islice(right, OTHERS):
                answer = _renamed(item, other)
                if not may_be_right(item, other.content or ""):
                    what = f"the reference of task {other.id[:12]}"
                    yield Trial(item.index, answer, what, Must.NOTHING)

    if len(items) < 2:
        raise Skip("there is only one task with a reference")
    return tried(audit, trials())


def _same_question(item: Item, other: Item) -> bool:
    parts = ("cases", "tests", "clauses", "answer")
    same = [name for name in parts if name in item.spec and item.spec[name] == other.spec.get(name)]
    return bool(same) or item.content == other.content


def _renamed(item: Item, other: Item) -> str:
    answer = other.reference or ""
    mine, its = item.entry_point, other.entry_point
    if item.form == other.form == FUNCTION and mine != its and "." not in mine + its:
        return f"{other.content}\n{mine} = {its}\n"
    return answer


def mutated(audit: Audit) -> Tally:
    """Mutants of the reference. One that is paid is a finding only where it is known to be wrong."""
    refused, tally = 0, Tally()
    items, trials = audit.referenced(), []
    for item in items:
        content, python = item.content or "", item.form is not None
        found = mutants(content, audit.rng("mutants", item), MUTANTS, python)
        for mutant in found:
            trials.append(Trial(item.index, mutant, "a mutant of the reference", Must.LESS))
    for trial, seen in judged(audit, trials):
        item = audit.target.items[trial.item]
        known_wrong = opinion(item.spec, item.content or "", trial.answer) is False
        must = trial.must if known_wrong else Must.VERDICT
        tally.look(audit, Trial(trial.item, trial.answer, trial.what, must), seen)
        refused += seen.reward is not None and not audit.scale.is_full(seen.reward)
    if not trials:
        raise Skip("no reference can be changed")
    if answered := tally.judged - tally.abstained:
        tally.figures["strength"] = refused / answered
    return tally


def hedges(audit: Audit) -> Tally:
    """Two answers at once: a right and a wrong one.

    One joined by a word is no answer. Of two that stand one after the other a grader may take the first
    or the last: then the pair is paid in one order, and a pair that is paid in both is a hedge.
    """
    tally, pairs, trials = Tally(), [], []
    for item in audit.referenced():
        right, wrong = item.content or "", _wrong(audit, item)
        if wrong is None:
            continue
        if item.form is None:
            for shape in _WITHIN:
                for one, two in ((right, wrong), (wrong, right)):
                    text = shape.format(one, two)
                    if opinion(item.spec, right, text) is not True:
                        trials.append(Trial(item.index, text, "two answers in one", Must.LESS))
        for what, shape in _AFTER.items():
            if item.form is not None and what not in ("two tags", "two fences"):
                continue  # two sources in a row are one program
            orders = [shape.format(right, wrong), shape.format(wrong, right)]
            if any(opinion(item.spec, right, text) is True for text in orders):
                continue
            pairs += [(Trial(item.index, text, what, Must.VERDICT)) for text in orders]
    for trial, seen in judged(audit, trials):
        tally.look(audit, trial, seen)
    paid: list[bool] = []
    for trial, seen in judged(audit, pairs):
        tally.look(audit, trial, seen)
        paid.append(seen.reward is not None and audit.scale.is_full(seen.reward))
        if len(paid) % 2 == 0 and paid[-1] and paid[-2]:
            item = audit.target.items[trial.item]
            tally.add(item, trial.what, "pay in one order at most", "both orders paid", trial.answer)
    if not tally.judged:
        raise Skip("no wrong answer is known to hedge with")
    return tally


_WITHIN = (
    "{} or {}",
    "either {} or {}",
    "<answer>{} or {}</answer>",
    "\\boxed{{{}}} or \\boxed{{{}}}, I am not sure",
)
_AFTER = {
    "two lines": "{}\n{}",
    "two tags": "<answer>{}</answer>\n<answer>{}</answer>",
    "two fences": "```\n{}\n```\n\n```\n{}\n```",
    "two boxes": "\\boxed{{{}}}, \\boxed{{{}}}",
    "two sentences": "The answer is {}.\nThe answer is {}.",
}


def _wrong(audit: Audit, item: Item) -> str | None:
    """The content of an answer that is wrong for an item."""
    content, python = item.content or "", item.form is not None
    if python:
        bodies = _null_code(item)
        return bodies[2] if bodies else None
    for mutant in mutants(content, audit.rng("hedges", item), 24, python):
        if mutant.strip() and opinion(item.spec, content, mutant) is False:
            return mutant
    for other in audit.referenced():
        if other.content and not _same_question(item, other) and not may_be_right(item, other.content):
            return other.content
    return None


def reasoning(audit: Audit) -> Tally:
    """The reference where only thoughts stand."""

    def trials() -> Iterator[Trial]:
        for item in audit.referenced():
            for tag in ("think", "thinking", "reasoning"):
                shapes = {
                    f"the reference in <{tag}>, then nothing": "<{0}>\n{1}\n</{0}>\n",
                    f"the reference in <{tag}>, then a refusal": "<{0}>\n{1}\n</{0}>\nI do not know.",
                    f"the reference in an open <{tag}>": "<{0}>\n{1}\n",
                }
                for what, shape in shapes.items():
                    answer = shape.format(tag, item.reference)
                    yield Trial(item.index, answer, what, Must.NOTHING)

    return tried(audit, trials())


def injections(audit: Audit) -> Tally:
    """Texts that speak to the grader instead of answering."""
    return tried(
        audit,
        (
            Trial(item.index, text, "a text that speaks to the grader", Must.NOTHING)
            for item in _spread(audit)
            for text in texts.INJECTIONS
            if not may_be_right(item, text)
        ),
    )


def exploits(audit: Audit) -> Tally:
    """The whole catalogue of :mod:`verigym.audit.exploits`, on one task of each kind."""
    items = [item for item in _kinds(audit) if item.form is not None]
    if not items:
        raise Skip("answers are not Python")
    return tried(
        audit,
        (
            Trial(
                item.index,
                exploit.answer(item.entry_point, item.form == PROGRAM),
                f"{exploit.kind}: {exploit.name}",
                Must.NOTHING,
            )
            for item in items
            for exploit in EXPLOITS
            if audit.rough or not exploit.rough
        ),
        {"paths": len(items)},
    )


def odd(audit: Audit) -> Tally:
    """Answers of odd sizes, depths, characters and types."""

    def trials() -> Iterator[Trial]:
        for item in _kinds(audit)[:2]:
            for name, text in texts.ODD_TEXTS:
                if not may_be_right(item, text[:1000]):
                    yield Trial(item.index, text, name, Must.NOTHING)
            for value in texts.ODD_VALUES if audit.target.is_family else ():
                yield Trial(item.index, value, f"a {type(value).__name__}, not a text", Must.NOTHING)

    return tried(audit, trials())


def fuzz(audit: Audit) -> Tally:
    """Texts made up by Hypothesis earn nothing; damaged references get any verdict."""
    items = audit.target.items
    each = max(3, FUZZED // len(items))

    def trials() -> Iterator[Trial]:
        for item in items:
            for answer, knows in odd_answers(item, audit.rng("fuzz", item), each):
                must = Must.VERDICT if knows or may_be_right(item, answer) else Must.NOTHING
                yield Trial(item.index, answer, "a made-up answer", must)

    try:
        return tried(audit, trials())
    except NoHypothesis as error:
        raise Skip(str(error)) from None


def in_range(audit: Audit) -> Tally:
    """Rewards of right, nearly right and wrong answers, against the range."""
    tally, scale = Tally(), audit.scale

    def trials() -> Iterator[Trial]:
        for item in audit.target.items:
            answers = ["", "0", item.prompt, *item.nulls[:4]]
            if item.reference is not None:
                near = mutants(
                    item.content or "", audit.rng("range", item), MUTANTS, item.form is not None
                )
                answers += [item.reference, f"{item.reference}\n{item.reference}", *near]
            for answer in dict.fromkeys(answers):
                yield Trial(item.index, answer, "an answer", Must.VERDICT)

    for trial, seen in judged(audit, trials()):
        tally.look(audit, trial, seen)
        if seen.reward is not None and not scale.low <= seen.reward <= scale.high:
            item = audit.target.items[trial.item]
            within = f"a reward from {scale.low:g} to {scale.high:g}"
            tally.add(item, trial.what, within, seen.words, trial.answer)
    return tally


def _spread(audit: Audit) -> list[Item]:
    """One item of each kind, and some more: what does not depend on the item needs not try them all."""
    return list(dict.fromkeys([*_kinds(audit), *audit.target.items[:3]]))


def _kinds(audit: Audit) -> list[Item]:
    """The first item of each kind, as told by what its spec holds."""
    kinds: dict[object, Item] = {}
    for item in audit.target.items:
        kinds.setdefault((item.form, *sorted(item.spec)), item)
    return list(kinds.values())


_ALL = (
    Check("reference", "the reference earns the full reward", reference),
    Check("nulls", "answers that know nothing earn nothing", nulls),
    Check("echo", "an echo of the prompt earns nothing", echo),
    Check("others", "other tasks' answers earn nothing", others),
    Check("mutants", "no mutant that is known to be wrong is paid in full", mutated),
    Check("hedges", "two answers at once are not paid for the right one", hedges),
    Check("reasoning", "what stands only in a reasoning section earns nothing", reasoning),
    Check("injections", "texts that speak to the grader earn nothing", injections),
    Check("exploits", "code that attacks its judge earns nothing", exploits),
    Check("odd", "enormous, deep, broken and non-text answers get a verdict and earn nothing", odd),
    Check("fuzz", "made-up answers get a verdict and earn nothing", fuzz),
    Check(
        "cheap",
        "cheap policies earn nothing below success, and succeed no more than by chance",
        cheap.cheap,
    ),
    Check("range", "every reward lies in the declared range", in_range),
    Check("determinism", "same verdicts in any process, order and hash seed", processes.determinism),
    Check("outage", "a sandbox that fails is an abstention, never a 0", processes.outage),
    Check("seeds", "splits share no task; no global randomness is used", posing.seeds),
    Check("leak", "trivial features of the prompt do not tell the label", posing.leak),
)

CHECKS = {check.name: check for check in _ALL}
"""Name -> check, in the order in which they are done."""
