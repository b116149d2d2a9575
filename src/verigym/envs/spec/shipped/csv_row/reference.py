"""A row of comma-separated fields, read character by character."""


def format_row(fields: list[str]) -> str:
    return ",".join(_written(field) for field in fields)


def _written(field: str) -> str:
    if any(character in field for character in ',"\n\r'):
        return '"' + field.replace('"', '""') + '"'
    return field


def parse_row(line: str) -> list[str]:
    fields = []
    at = 0
    while True:
        field, at = _quoted(line, at + 1) if line[at : at + 1] == '"' else _plain(line, at)
        fields.append(field)
        if at == len(line):
            return fields
        if line[at] != ",":
            raise ValueError(f"text after a closing quote, at {at}")
        at += 1


def _quoted(line: str, at: int) -> tuple[str, int]:
    field = ""
    while True:
        end = line.find('"', at)
        if end < 0:
            raise ValueError(f"a quote that is not closed, at {at}")
        field += line[at:end]
        if line[end + 1 : end + 2] != '"':
            return field, end + 1
        field += '"'
        at = end + 2


def _plain(line: str, at: int) -> tuple[str, int]:
    end = line.find(",", at)
    end = len(line) if end < 0 else end
    if '"' in line[at:end]:
        raise ValueError(f"a quote within an unquoted field, at {at}")
    return line[at:end], end
