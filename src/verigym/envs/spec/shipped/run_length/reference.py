def encode(text):
    runs = []
    for char in text:
        if runs and runs[-1][0] == char:
            runs[-1] = (char, runs[-1][1] + 1)
        else:
            runs.append((char, 1))
    return runs


def decode(runs):
    parts = []
    for char, count in runs:
        if count < 1 or len(char) != 1:
            raise ValueError("not a run")
        parts.append(char * count)
    return "".join(parts)
