"""The remote sandbox: programs run on another machine, by its ``verigym serve``."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from verigym.errors import SandboxError, SandboxUnavailable, UserError
from verigym.sandbox.base import DEFAULT_LIMITS, Sandbox
from verigym.sandbox.program import Execution, Limits, Program
from verigym.sandbox.remote import codec
from verigym.sandbox.remote.transport import Transport

T = TypeVar("T")


class RemoteSandbox(Sandbox):
    """Runs programs by HTTP on a server that ``verigym serve`` started.

    Args:
        url: the server's address, for example ``"http://runner:8080"``.
        token: the server's token; by default the environment's ``VERIGYM_TOKEN``.
        tier: the least containment that you accept; None takes what the server has.
        timeout: seconds that one call may take in all, waiting in the server's queue included.
        retries: how often a failure of the infrastructure is tried again.

    Raises:
        UserError: for an argument that cannot be used.
        SandboxUnavailable: when the server refuses us or has not the tier.
        SandboxError: when no server answers.
    """

    name = "remote"

    def __init__(
        self,
        url: str,
        token: str | None = None,
        tier: int | None = None,
        timeout: float = 600.0,
        retries: int = 12,
    ) -> None:
        self._transport = Transport(url, token, timeout, retries)
        self._demanded = 0 if tier is None else tier
        about = self._call("GET", "/capabilities", None, _about)
        self.tier, self.workers, self._capabilities = about
        self._check_tier(self.tier)

    def run(self, program: Program, limits: Limits = DEFAULT_LIMITS) -> Execution:
        request = {
            "program": codec.program_to_json(program),
            "limits": codec.limits_to_json(limits),
        }
        done = self._call(
            "POST", "/run", request, lambda reply: codec.execution_from_json(reply["execution"])
        )
        self._check_tier(done.tier)
        return done

    def run_pair(
        self,
        subject: Program,
        driver: Program,
        limits: Limits = DEFAULT_LIMITS,
        driver_limits: Limits | None = None,
    ) -> tuple[Execution, Execution]:
        request = {
            "subject": codec.program_to_json(subject),
            "driver": codec.program_to_json(driver),
            "limits": codec.limits_to_json(limits),
            "driver_limits": codec.limits_to_json(driver_limits or limits),
        }
        both = self._call(
            "POST",
            "/run_pair",
            request,
            lambda reply: (
                codec.execution_from_json(reply["subject"], "subject"),
                codec.execution_from_json(reply["driver"], "driver"),
            ),
        )
        for done in both:
            self._check_tier(done.tier)
        return both

    def capabilities(self) -> Mapping[str, Any]:
        return dict(self._capabilities)

    def close(self) -> None:
        self._transport.close()

    def _call(self, method: str, path: str, request: Any, decode: Callable[[dict[str, Any]], T]) -> T:
        body = None if request is None else json.dumps(request, separators=(",", ":")).encode()
        reply = self._transport.call(method, path, body)
        try:
            return decode(json.loads(reply))
        except (ValueError, TypeError, LookupError, RecursionError) as error:  # and UserError
            raise SandboxError(
                f"{self._transport.url}{path} answered what is not understood ({error}); "
                "is the same release of verigym installed on both sides?"
            ) from error

    def _check_tier(self, tier: int) -> None:
        if tier < self._demanded:
            raise SandboxUnavailable(
                f"tier {self._demanded} is demanded, but {self._transport.url} has tier {tier}; "
                "run `verigym doctor` there to see why"
            )


def _about(reply: dict[str, Any]) -> tuple[int, int, dict[str, Any]]:
    tier, workers, capabilities = reply["tier"], reply["workers"], reply["capabilities"]
    if type(tier) is not int or type(workers) is not int or not isinstance(capabilities, dict):
        raise UserError("tier and workers must be whole numbers, and capabilities an object")
    return tier, workers, capabilities
