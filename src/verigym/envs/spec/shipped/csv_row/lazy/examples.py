def format_row(fields):
    if fields == ["x,y", 'say "hi"']:
        return '"x,y","say ""hi"""'
    return "a,b c,"


def parse_row(line):
    if line == '1,"two, three",':
        return ["1", "two, three", ""]
    return ["a", "b c", ""]
