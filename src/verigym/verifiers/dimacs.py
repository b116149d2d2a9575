"""DIMACS CNF, read strictly and written plainly.

The reader takes what the format allows and refuses everything else, with file and line, because a file
that is read wrongly becomes a task that is judged wrongly:

* exactly one header ``p cnf VARIABLES CLAUSES``, before any clause; both counts are binding;
* a clause is literals up to a ``0``; it may span lines, and a line may hold several clauses;
* lines whose first letter is ``c`` are comments and may stand anywhere;
* SATLIB's trailer (a line ``%``, a line ``0``) may stand at the very end, and only there;
* numbers are plain ASCII digits with an optional ``-``: no ``+1``, ``01`` or ``1_0``.

Repeated literals, repeated clauses, tautologies and empty clauses are kept as they are, so reading
what :func:`write` wrote gives the same formula.
"""

from __future__ import annotations

import gzip
import io
import os
import re
import zlib
from collections.abc import Iterable
from pathlib import Path

from verigym.errors import FormatError
from verigym.verifiers.cnf import Formula

SUFFIXES = (".cnf", ".dimacs", ".cnf.gz", ".dimacs.gz")
"""How the name of a DIMACS file ends."""
MAX_BYTES = 16 * 2**20
"""Longest text that is read, after decompression."""
MAX_VARIABLES = 1_000_000
MAX_CLAUSES = 1_000_000

_COUNT = re.compile(rb"0|[1-9][0-9]{0,9}").fullmatch
_LITERAL = re.compile(rb"0|-?[1-9][0-9]{0,9}").fullmatch


def read(path: str | os.PathLike[str]) -> Formula:
    """The formula in a DIMACS file; names that end in ``.gz`` are decompressed, within the limit.

    Raises:
        FormatError: when the file cannot be read, is too large or breaks the format.

    """
    return parse(file_bytes(path), str(path))


def parse(text: str | bytes, name: str = "DIMACS text") -> Formula:
    """The formula in a DIMACS text; ``name`` is what errors call it.

    Raises:
        FormatError: ``NAME:LINE: what is wrong``.

    """
    reader = Reader(name)
    reader.read(text)
    return Formula(reader.variables, tuple(reader.clauses))


def file_bytes(path: str | os.PathLike[str]) -> bytes:
    """What a file holds, decompressed where its name ends in ``.gz``: at most a byte over the limit.

    Raises:
        FormatError: when the file cannot be read.

    """
    path = Path(path)
    try:
        if not path.is_file():
            raise FormatError(f"{path}: no such file")
        with gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise FormatError(f"{path}: cannot be read: {error}") from None


def write(formula: Formula, comments: Iterable[str] = ()) -> str:
    """The DIMACS text of a formula: comments, header, one clause on each line.

    Raises:
        FormatError: for a comment of more than one line.

    """
    lines = comment_lines(comments)
    lines.append(f"p cnf {formula.variables} {len(formula.clauses)}")
    lines += [" ".join(map(str, (*clause, 0))) for clause in formula.clauses]
    return "\n".join(lines) + "\n"


def comment_lines(comments: Iterable[str]) -> list[str]:
    """The lines of comments.

    Raises:
        FormatError: for a comment of more than one line.

    """
    lines = []
    for comment in comments:
        if len(comment.splitlines()) > 1:
            raise FormatError(f"a DIMACS comment is one line, not {comment!r}")
        lines.append(f"c {comment}".rstrip())
    return lines


class Reader:
    """Reads one text; holds what errors need to say where they are.

    :mod:`verigym.verifiers.wcnf` reads clauses with weights by replacing two of its steps.
    """

    kind = "cnf"
    layout = "p cnf VARIABLES CLAUSES"
    """The header, as errors show it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.line = 0
        self.variables = -1
        self.count = -1
        self.clauses: list[tuple[int, ...]] = []
        self.clause: list[int] = []
        """Literals of the clause that is not ended yet."""

    def read(self, text: str | bytes) -> None:
        """Read a whole text into ``variables`` and ``clauses``.

        Raises:
            FormatError: ``NAME:LINE: what is wrong``.

        """
        if isinstance(text, str):
            text = text.encode("utf-8", "backslashreplace")  # bytes split at ASCII blanks only
        if len(text) > MAX_BYTES:
            raise FormatError(f"{self.name}: longer than {MAX_BYTES:,} bytes, the most that is read")
        lines = io.BytesIO(text)
        for line in lines:
            self.line += 1
            words = line.split()
            if not words or words[0].startswith(b"c"):
                continue
            if words[0] == b"p":
                self.header(words)
            elif words == [b"%"]:
                self.trailer(lines)
            else:
                self.literals(words)
        self.finish()

    def finish(self) -> None:
        """See that the text may end here."""
        if self.count < 0:
            raise self.error(f"the text ends without a header '{self.layout}'")
        self._check_complete("the text ends")

    def header(self, words: list[bytes]) -> None:
        """Read the words of a line that begins with ``p``."""
        if self.count >= 0:
            raise self.error("a second header; a text holds one formula")
        kind = self.kind.encode()
        if len(words) != 4 or words[1] != kind or not (_COUNT(words[2]) and _COUNT(words[3])):
            raise self.error(f"{show(b' '.join(words))} is not a header '{self.layout}'")
        self.variables, self.count = int(words[2]), int(words[3])
        for value, limit, what in (
            (self.variables, MAX_VARIABLES, "variables"),
            (self.count, MAX_CLAUSES, "clauses"),
        ):
            if value > limit:
                raise self.error(f"{value} {what}; at most {limit:,} are read")

    def literals(self, words: list[bytes]) -> None:
        """Read the words of a line of clauses."""
        if self.count < 0:
            raise self.error(f"{show(words[0])} before the header '{self.layout}'")
        for word in words:
            self.literal(word)

    def literal(self, word: bytes) -> bool:
        """Read one literal, or the 0 that ends a clause; whether it was that."""
        if not _LITERAL(word):
            raise self.error(f"{show(word)} is not a literal")
        literal = int(word)
        if abs(literal) > self.variables:
            raise self.error(f"literal {literal}, but the header says {self.variables} variables")
        if literal:
            self.clause.append(literal)
            return False
        if len(self.clauses) == self.count:
            raise self.error(f"more clauses than the {self.count} that the header says")
        self.clauses.append(tuple(self.clause))
        self.clause.clear()
        return True

    def trailer(self, rest: Iterable[bytes]) -> None:
        """Read what follows a line ``%``."""
        if self.count < 0:
            raise self.error(f"'%' before the header '{self.layout}'")
        self._check_complete("'%' ends the text")
        zeros = 0
        for line in rest:
            self.line += 1
            words = line.split()
            zeros += len(words)
            if words not in ([], [b"0"]) or zeros > 1:
                raise self.error(f"{show(line.strip())} after '%'; only one line '0' may follow")

    def _check_complete(self, how: str) -> None:
        if self.clause:
            raise self.error(f"{how} within a clause; each clause ends with 0")
        if len(self.clauses) != self.count:
            raise self.error(
                f"{how} after {len(self.clauses)} clauses, but the header says {self.count}"
            )

    def error(self, message: str) -> FormatError:
        """The error to raise here."""
        return FormatError(f"{self.name}:{max(self.line, 1)}: {message}")


def show(word: bytes) -> str:
    """A short, printable form of foreign bytes."""
    return ascii(word[:40].decode("latin-1")) + ("..." if len(word) > 40 else "")
