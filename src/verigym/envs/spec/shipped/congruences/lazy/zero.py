def solve(congruences):
    return (0, 1)
