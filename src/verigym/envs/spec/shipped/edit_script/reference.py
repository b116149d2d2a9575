"""A script by way of the longest common subsequences of all ends of both texts."""


def diff(old: str, new: str) -> list[tuple[str, str]]:
    common = [[0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in reversed(range(len(old))):
        for j in reversed(range(len(new))):
            if old[i] == new[j]:
                common[i][j] = common[i + 1][j + 1] + 1
            else:
                common[i][j] = max(common[i + 1][j], common[i][j + 1])
    script = []
    i = j = 0
    while i < len(old) and j < len(new):
        if old[i] == new[j]:
            script.append(("keep", old[i]))
            i, j = i + 1, j + 1
        elif common[i + 1][j] >= common[i][j + 1]:
            script.append(("drop", old[i]))
            i += 1
        else:
            script.append(("add", new[j]))
            j += 1
    return script + [("drop", c) for c in old[i:]] + [("add", c) for c in new[j:]]


def patch(old: str, script: list[tuple[str, str]]) -> str:
    new = ""
    at = 0
    for step, character in script:
        if step != "add":
            if old[at : at + 1] != character:
                raise ValueError(f"{character} is not the character at {at}")
            at += 1
        if step != "drop":
            new += character
    if at < len(old):
        raise ValueError(f"the script ends at {at}")
    return new
