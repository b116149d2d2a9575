"""Programming tasks: functions judged by calls, whole programs judged by input and output."""

from __future__ import annotations

from verigym.envs.code.functions import Functions, function_task
from verigym.envs.code.humaneval import HumanEval
from verigym.envs.code.references import invalid_tasks
from verigym.envs.code.repository import Repository, repository_task
from verigym.envs.code.stdio import Stdio, stdio_task

__all__ = [
    "Functions",
    "HumanEval",
    "Repository",
    "Stdio",
    "function_task",
    "invalid_tasks",
    "repository_task",
    "stdio_task",
]
