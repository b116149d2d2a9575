def build_query(pairs):
    return "&".join(f"{name}={value}" for name, value in pairs)


def parse_query(query):
    return [piece.partition("=")[::2] for piece in query.split("&") if piece]
