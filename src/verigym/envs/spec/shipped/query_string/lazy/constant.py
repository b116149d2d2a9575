def build_query(pairs):
    return ""


def parse_query(query):
    return []
