"""The one rule by which an answer is taken out of what a model wrote."""

from __future__ import annotations

import time

import pytest

from verigym.verifiers.answer import NoAnswer, answer_in, extract


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("42", "42"),
        ("  two words \n", "  two words "),
        ("It is <answer>2</answer>.", "2"),
        ("<answer>1</answer> no, <answer>2</answer>", "2"),
        ("<ANSWER>1</Answer>", "1"),
        ("<answer>\n1\n2\n</answer>", "1\n2"),
        ("a\n```\nx\n```\nb\n```py\ny\n```\nc", "y"),
        ("```\nx\n```\n<answer>y</answer>", "y"),
        ("<answer>y</answer>\n```\nx\n```", "x"),
        ("~~~\nx\n~~~", "x"),
        ("```\r\nx = 1\r\n```\r\n", "x = 1"),
        ("  ```python\nx\n  ```", "x"),
        ("```py\nx\n``` \t", "x"),
    ],
)
def test_takes_the_last_fence_or_tag_else_the_whole_text(text: str, answer: str) -> None:
    assert extract(text) == answer == answer_in(text)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("<think>1 or 2?</think>2", "2"),
        ("<think><answer>1</answer></think>2", "2"),
        ("a</think>b</thinking>c", "c"),
        ("<THINK>a</THINK>b", "b"),
        ("<answer>1</answer><reasoning>or 2</reasoning>3", "3"),
    ],
)
def test_what_comes_before_the_end_of_reasoning_does_not_count(text: str, answer: str) -> None:
    assert extract(text) == answer


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t ",
        "<think>it is <answer>2</answer>",
        "<think>a</think> wait <think><answer>2</answer>",
        "<answer>1</answer><think>",
        "<answer></answer>",
        "<answer> \n </answer>",
        "```\n```",
        "<think>a</think>",
    ],
)
def test_there_may_be_no_answer(text: str) -> None:
    assert extract(text) is None
    with pytest.raises(NoAnswer, match="no answer after the reasoning"):
        answer_in(text)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        # A longer fence holds shorter ones, and a fence of one kind holds the other kind.
        ("````\n```\nx\n```\n````", "```\nx\n```"),
        ("~~~\n```\nx\n```\n~~~", "```\nx\n```"),
        ("```\n~~~\nx\n```", "~~~\nx"),
        # A fence with an info string opens a block and never closes one.
        ("```\nx\n```python\ny\n```", "x\n```python\ny"),
        # A tag that ends last and holds one block means the block.
        ("<answer>\n```python\nx\n```\n</answer>", "x"),
        ("<answer>```\nx\n```</answer>", "x"),
        # With anything beside the block nothing is searched for: the grammar sees it all.
        ("<answer>so:\n```\nx\n```\n</answer>", "so:\n```\nx\n```"),
        ("<answer>\n```\nx\n```\n```\ny\n```\n</answer>", "```\nx\n```\n```\ny\n```"),
        # A tag inside a block is part of the block.
        ("```\nprint('<answer>1</answer>')\n```", "print('<answer>1</answer>')"),
        # What is opened and never closed is not a section; what is opened twice begins at the first.
        ("```\nx\n```\nand\n```\ny", "x"),
        ("<answer>1</answer> or <answer>2", "1"),
        ("</answer><answer>1</answer>", "1"),
        ("<answer>1<answer>2</answer>", "1<answer>2"),
        # Inline code that begins a line is no fence.
        ("```x``` is it\n```\ny\n```", "y"),
        ("```\nx", "```\nx"),
    ],
)
def test_nested_and_broken_sections(text: str, answer: str) -> None:
    assert extract(text) == answer


MEGA = 1_000_000


@pytest.mark.parametrize(
    "text",
    [
        "<answer>" * (MEGA // 8),
        "</answer>" * (MEGA // 9),
        "<answer></answer>" * (MEGA // 17),
        "<answer>```\n" * (MEGA // 12) + "</answer>",
        "<think>" * (MEGA // 7),
        "<think></think>" * (MEGA // 15),
        "`" * MEGA + "x`",
        "~" * MEGA + "`",
        "```\n" * (MEGA // 4),
        "~~~\n```\n" * (MEGA // 8),
        " " * MEGA + "x",
        " \t\n" * (MEGA // 3),
        "<" * MEGA,
        "\n".join("`" * length for length in range(3, 1400)),
        ("~" * 1000 + "`\n") * (MEGA // 1000),
    ],
    ids=lambda text: repr(text[:12]),
)
def test_hostile_texts_take_linear_time(text: str) -> None:
    start = time.process_time()
    extract(text)
    assert time.process_time() - start < 1.0
