"""A formula as a party: lamps are variables, guests are clauses.

In the *story* guests have wishes for lamps, and each wants one of them granted. The *dual story* says
the same by De Morgan's law: a guest stays unless all of their complaints hold at once, and complaints
are the opposites of wishes.
"""

from __future__ import annotations

from collections.abc import Callable

from verigym.envs.sat.formats.format import Format
from verigym.verifiers.cnf import Formula

Clause = tuple[int, ...]


def _party(guest: Callable[[Clause], str]) -> Callable[[Formula], str]:
    def write(formula: Formula) -> str:
        lines = [f"Lamps: {formula.variables}. Guests: {len(formula.clauses)}."]
        lines += [f"Guest {i} {guest(clause)}." for i, clause in enumerate(formula.clauses, 1)]
        return "\n".join(lines) + "\n"

    return write


def _wishes(clause: Clause) -> str:
    wishes = [f"lamp {abs(x)} to be {'lit' if x > 0 else 'dark'}" for x in clause]
    return "wants " + (", or ".join(wishes) or "what no lamp can give")


def _complaints(clause: Clause) -> str:
    complaints = [f"lamp {abs(x)} is {'dark' if x > 0 else 'lit'}" for x in clause]
    return "leaves " + ("exactly when " + " and ".join(complaints) if complaints else "in any case")


STORY = Format(
    """\
The formula is told as a story. Each lamp is either lit or dark, and each guest has wishes, of which \
one granted is enough. Lamp 5 is variable 5: the number 5 stands for "lamp 5 is lit" and -5 for its \
negation, "lamp 5 is dark". Guest 3 is clause 3, whose literals are the guest's wishes: it is true \
when at least one of them is granted. The formula is true when this holds for all guests.""",
    _party(_wishes),
    "text",
)

DUALSTORY = Format(
    """\
The formula is told as a story. Each lamp is either lit or dark, and each guest leaves exactly when \
all of their complaints hold at once, and else stays. Lamp 5 is variable 5: the number 5 stands for \
"lamp 5 is lit" and -5 for its negation, "lamp 5 is dark". Guest 3 is clause 3, which is true when the \
guest stays; its literals are the opposites of the guest's complaints, 5 where the complaint is that \
lamp 5 is dark and -5 where it is that lamp 5 is lit. The formula is true when all guests stay.""",
    _party(_complaints),
    "text",
)
