def format_row(fields):
    return ",".join(fields)


def parse_row(line):
    return line.split(",")
