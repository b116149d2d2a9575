def justify(words, width):
    return []
