"""A Gymnasium space of Unicode text.

``gymnasium.spaces.Text`` admits the characters of a listed alphabet, so the first newline or ``é`` of a
real prompt falls outside it. :class:`Unicode` admits every Python ``str`` within bounds on its length.
"""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy

from verigym.verifiers.base import MAX_ANSWER_CHARS

SAMPLE_CHARS = 64
"""A sample is at most this much longer than the shortest text: samples are noise, not prose."""

_SURROGATES = range(0xD800, 0xE000)
_CODE_POINTS = 0x110000


class Unicode(gymnasium.Space[str]):
    """Every text of ``min_length`` to ``max_length`` characters (code points, both included).

    Raises:
        ValueError: when the bounds are not ``0 <= min_length <= max_length``.

    """

    def __init__(
        self,
        max_length: int = MAX_ANSWER_CHARS,
        *,
        min_length: int = 0,
        seed: int | numpy.random.Generator | None = None,
    ) -> None:
        if not 0 <= min_length <= max_length:
            raise ValueError(
                f"min_length {min_length} and max_length {max_length} must keep 0 <= min <= max"
            )
        self.min_length = int(min_length)
        self.max_length = int(max_length)
        super().__init__(dtype=str, seed=seed)

    @property
    def is_np_flattenable(self) -> bool:
        return False

    def sample(self, mask: Any | None = None, probability: Any | None = None) -> str:
        """A random text of up to :data:`SAMPLE_CHARS` more characters than the shortest.

        Half of its characters are printable ASCII, half any code point that UTF-8 can carry.

        Raises:
            ValueError: when a mask or a probability is given; this space takes none.

        """
        if mask is not None or probability is not None:
            raise ValueError("a Unicode space samples without mask and probability")
        longest = min(self.max_length, self.min_length + SAMPLE_CHARS)
        length = int(self.np_random.integers(self.min_length, longest + 1))
        ascii_ = self.np_random.integers(0x20, 0x7F, size=length)
        anything = self.np_random.integers(0, _CODE_POINTS - len(_SURROGATES), size=length)
        anything += (anything >= _SURROGATES.start) * len(_SURROGATES)
        chosen = numpy.where(self.np_random.random(length) < 0.5, ascii_, anything)
        return "".join(map(chr, chosen.tolist()))

    def contains(self, x: Any) -> bool:
        return isinstance(x, str) and self.min_length <= len(x) <= self.max_length

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Unicode)
            and self.min_length == other.min_length
            and self.max_length == other.max_length
        )

    def __repr__(self) -> str:
        return f"Unicode({self.max_length}, min_length={self.min_length})"
