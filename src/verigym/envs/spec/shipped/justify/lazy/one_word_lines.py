def justify(words, width):
    return [word.ljust(width) for word in words]
