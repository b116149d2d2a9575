"""Audits a verifier: shows it answers that must be refused, and says which ones it pays for.

>>> from verigym.audit import audit
>>> report = audit("sat/solve", knobs={"n": 6}, tasks=1, checks=["reference", "nulls"])
>>> report.passed
True

What is audited is a family, by name, class or object, or a plain grading function
``grade(prompt, answer, record) -> float`` with examples. It must be importable, because each verdict
is given in another process: an answer that ends the process it is judged in is then a finding and not
the end of the audit. ``docs/audit.md`` says what each check claims.
"""

from __future__ import annotations

from verigym.audit.checks import CHECKS
from verigym.audit.report import Finding, Outcome, Report, Result
from verigym.audit.run import audit
from verigym.audit.trial import Scale

__all__ = ["CHECKS", "Finding", "Outcome", "Report", "Result", "Scale", "audit"]
