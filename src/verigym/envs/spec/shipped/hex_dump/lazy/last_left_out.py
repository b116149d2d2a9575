"""Leaves out the last line too when it repeats the one before."""


def hex_dump(data, width):
    lines, before = [], None
    for start in range(0, len(data), width):
        row = data[start : start + width]
        digits = " ".join(f"{byte:02x}" for byte in row).ljust(3 * width - 1)
        shown = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        if row != before:
            lines.append(f"{start:06x}  {digits}  |{shown}|")
        elif lines[-1] != "*":
            lines.append("*")
        before = row
    return [*lines, f"{len(data):06x}"]
