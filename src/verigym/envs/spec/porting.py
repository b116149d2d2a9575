"""Ports: a function that is given in Python, to be written as a whole program in another language.

The program reads calls as lines of JSON and prints a line of JSON for each; the prompt says exactly how
values are written, of those kinds alone that occur. :mod:`verigym.verifiers.ported` judges.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from verigym.envs.code.limits import timed
from verigym.envs.spec.recorded import Recording
from verigym.errors import TaskError, UserError
from verigym.sandbox.inside import plain
from verigym.sandbox.languages import Language
from verigym.sandbox.languages import language as language_of
from verigym.task import Task
from verigym.verifiers.answer import fence_for
from verigym.verifiers.json_values import kinds_of, line_of

STATEMENT, REFERENCE = "statement", "reference"
GIVEN = (STATEMENT, REFERENCE)
"""What a port starts from: the words, or the function in Python."""
SHOWN = 3
"""Calls that the prompt shows with their results: the shortest."""
_ROOM = 16
"""A result may be written in so many times the bytes of ours."""

_NAMES = {
    "c": "C",
    "cpp": "C++",
    "javascript": "JavaScript",
    "typescript": "TypeScript",
    "java": "Java",
    "go": "Go",
    "rust": "Rust",
    "bash": "Bash",
}

_PROMPT = """\
{start}

Write a whole program in {language} that answers calls of `{name}`. It reads calls from standard \
input, one on each line, until the input ends. Such a line is a JSON array: the arguments of the call, \
in their order. For each line the program prints one line: the result as JSON, and nothing else. No \
call depends on another one. Lines end with a line feed, the text is UTF-8, and the answers are in the \
order of the calls.

This is how values are written, in both directions:

{kinds}

What you print may be spaced and escaped as JSON allows. For example, for the input

{inputs}

the program prints

{outputs}

Give the whole program in one fenced block."""

_KINDS = {
    "none": "`None` is null.",
    "bool": "`True` and `False` are true and false.",
    "int": "An int is a JSON number without a fraction and without an exponent{size}.",
    "float": "A float is a JSON number, and a result may be off by {relative:g} times its size; NaN "
    'and the infinities are the strings "NaN", "Infinity" and "-Infinity".',
    "str": "A text is a JSON string. In the input, letters outside of ASCII stand as they are, and "
    "only quotes, backslashes and control characters are escaped.",
    "list": "A list or a tuple is an array.",
    "dict": "A dict whose keys are all texts is an object.",
    "pairs": "Any other dict is an array of its [key, value] pairs, in any order; an empty one is [].",
    "set": "A set is an array of its members, each once and in any order.",
    "bytes": "Bytes are an array of numbers from 0 to 255.",
}
_SAFE = 1 << 53


def port_task(
    statement: str,
    reference: str,
    entry_point: str,
    recording: Recording,
    language: str,
    *,
    given: str = REFERENCE,
    answer: str | None = None,
    compare: Mapping[str, Any],
    timeout: float,
    family: str,
    version: int,
    metadata: Mapping[str, Any],
) -> Task:
    """The task of porting a function; the arguments are those of
    :func:`verigym.envs.spec.differential.differential_task`, with ``answer``, a port that is right.

    Raises:
        TaskError: for a language that is not known or is Python, and for values without a form in JSON.
    """
    record = known_language(language)
    if given not in GIVEN:
        raise TaskError(f"given is {given!r}; it must be one of {', '.join(GIVEN)}")
    try:
        inputs = [line_of(list(args)) for args in recording.args]
        outputs = [line_of(value) for value in recording.values]
    except plain.NotPlain as error:
        raise TaskError(f"the function cannot be ported by way of JSON: {error}") from None
    output = _text(outputs)
    case = {"input": _text(inputs), "output": output, "expected": list(recording.values)}
    room = _ROOM * len(output.encode()) + 65536
    spec: dict[str, Any] = {
        "cases": [case],
        "compare": dict(compare),
        "language": record.name,
        "limits": timed(timeout, {"output_bytes": room, "file_bytes": room}),
    }
    if answer is not None:
        spec["reference"] = answer
    start = statement.strip()
    if given == REFERENCE:
        mark = fence_for(reference)
        start = f"This is a Python program.\n\n{mark}python\n{reference.strip()}\n{mark}"
    shortest = sorted(range(len(inputs)), key=lambda n: len(inputs[n]) + len(outputs[n]))
    shown = sorted(shortest[:SHOWN])
    prompt = _PROMPT.format(
        start=start,
        language=_NAMES[record.name],
        name=entry_point,
        kinds=_kinds(recording, float(compare["relative"])),
        inputs=_fenced([inputs[n] for n in shown]),
        outputs=_fenced([outputs[n] for n in shown]),
    )
    return Task(family=family, version=version, prompt=prompt, spec=spec, metadata=metadata)


def known_language(name: str) -> Language:
    """The record of a language to port to.

    Raises:
        TaskError: for one that is not known, and for Python.
    """
    try:
        record = language_of(name)
    except UserError as error:
        raise TaskError(str(error)) from None
    if record.is_python:
        raise TaskError("a port is written in another language than Python")
    return record


def _kinds(recording: Recording, relative: float) -> str:
    trees = [*(tree for args in recording.args for tree in args), *recording.values]
    large = any(_largest(tree) >= _SAFE for tree in trees)
    size = ", of any size: some need more than 53 bits" if large else ""
    found = [_KINDS[kind].format(size=size, relative=relative) for kind in kinds_of(trees)]
    return "\n".join(f"- {words}" for words in found)


def _largest(tree: plain.Tree) -> int:
    if type(tree) is int:
        return abs(tree)
    if isinstance(tree, list | tuple):
        return max(map(_largest, tree), default=0)
    if isinstance(tree, Mapping):
        ((tag, body),) = tree.items()
        return abs(plain.decode(tree)) if tag == "int" else _largest(body)
    return 0


def _text(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _fenced(lines: list[str]) -> str:
    text = "\n".join(lines)
    mark = fence_for(text)
    return f"{mark}\n{text}\n{mark}"
