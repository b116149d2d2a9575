"""Lines of bytes, with repeated ones left out."""


def hex_dump(data: list[int], width: int) -> list[str]:
    lines = []
    before: list[int] = []
    for start in range(0, len(data), width):
        row = data[start : start + width]
        if row == before and start + width < len(data):
            if lines[-1] != "*":
                lines.append("*")
        else:
            lines.append(_line(start, row, width))
        before = row
    return [*lines, f"{len(data):06x}"]


def _line(start: int, row: list[int], width: int) -> str:
    digits = " ".join(f"{byte:02x}" for byte in row)
    shown = "".join(chr(byte) if 32 <= byte <= 126 else "." for byte in row)
    return f"{start:06x}  {digits:<{3 * width - 1}}  |{shown}|"
