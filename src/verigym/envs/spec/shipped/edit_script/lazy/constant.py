def diff(old, new):
    return []


def patch(old, script):
    return ""
