"""Stronger tests for whole tasks."""

from verigym.harden.kinds import Invalid
from verigym.harden.tasks import Report, harden_task

__all__ = ["Invalid", "Report", "harden_task"]
