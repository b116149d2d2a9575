def matches(pattern, text):
    return pattern == text
