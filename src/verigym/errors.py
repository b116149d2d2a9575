"""Every error that verigym raises on purpose, in one place.

Two kinds matter. A :class:`UserError` says that something handed to us is wrong (a file, a knob, a
task): its message is one line that names the value, the rule it broke and what to change, and the
command line prints it without a traceback. A :class:`SandboxError` says that *we* failed: whoever
judges must turn it into an abstention, never into a reward.
"""

from __future__ import annotations


class VerigymError(Exception):
    """Base of every error raised on purpose by this library."""


class UserError(VerigymError, ValueError):
    """Something that the caller passed in breaks a stated rule."""


class TaskError(UserError):
    """A task that cannot be built or trusted: not JSON, an altered id, no test cases, ..."""


class FamilyError(UserError):
    """An unknown family, a knob it does not have, or data that it cannot read."""


class FormatError(UserError):
    """Text or a file that breaks the format it claims to have (DIMACS, JSONL, ...)."""


class SandboxError(VerigymError):
    """The sandbox itself failed, so nothing is known about the program: abstain."""


class SandboxUnavailable(SandboxError):
    """This machine lacks what was demanded; the message names what is missing and the ways out."""


class Cancelled(SandboxError):
    """The work was called off, or its request's deadline passed, before anything was known."""
