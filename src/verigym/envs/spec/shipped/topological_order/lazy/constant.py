def order(n, before):
    return None
