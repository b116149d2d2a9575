def order(n, before):
    return list(range(n))
