"""Writes repeated lines too."""


def hex_dump(data, width):
    lines = []
    for start in range(0, len(data), width):
        row = data[start : start + width]
        digits = " ".join(f"{byte:02x}" for byte in row).ljust(3 * width - 1)
        shown = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        lines.append(f"{start:06x}  {digits}  |{shown}|")
    return [*lines, f"{len(data):06x}"]
