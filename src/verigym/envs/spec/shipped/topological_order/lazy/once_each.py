"""Counts a repeated pair once in one place and twice in the other."""


def order(n, before):
    waits = [sum(b == job for _, b in before) for job in range(n)]
    done = [job for job in range(n) if waits[job] == 0]
    for job in done:
        for later in sorted({b for a, b in before if a == job}):
            waits[later] -= 1
            if waits[later] == 0:
                done.append(later)
    return done if len(done) == n else None
