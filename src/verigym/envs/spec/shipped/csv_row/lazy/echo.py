def format_row(fields):
    return fields


def parse_row(line):
    return line
