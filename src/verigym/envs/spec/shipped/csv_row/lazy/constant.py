def format_row(fields):
    return ""


def parse_row(line):
    return [""]
