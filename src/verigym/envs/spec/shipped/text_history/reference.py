"""A text with the texts before and after it."""


class TextHistory:
    def __init__(self, limit: int) -> None:
        if limit < 0:
            raise ValueError(f"a limit of {limit}")
        self._limit = limit
        self._text = ""
        self._past: list[str] = []
        self._future: list[str] = []

    def text(self) -> str:
        return self._text

    def insert(self, position: int, piece: str) -> None:
        self._replace(position, position, piece)

    def delete(self, start: int, end: int) -> str:
        return self._replace(start, end, "")

    def undo(self) -> bool:
        return self._step(self._past, self._future)

    def redo(self) -> bool:
        return self._step(self._future, self._past)

    def steps(self) -> tuple[int, int]:
        return len(self._past), len(self._future)

    def _replace(self, start: int, end: int, piece: str) -> str:
        if not 0 <= start <= end <= len(self._text):
            raise ValueError(f"the range {start} to {end} of {len(self._text)} characters")
        old = self._text[start:end]
        if piece or old:
            self._past = [*self._past, self._text][-self._limit :] if self._limit else []
            self._future = []
            self._text = self._text[:start] + piece + self._text[end:]
        return old

    def _step(self, source: list[str], target: list[str]) -> bool:
        if not source:
            return False
        target.append(self._text)
        self._text = source.pop()
        return True
