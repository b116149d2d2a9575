"""Jobs that wait for nothing are done, until none is left (Kahn)."""


def order(n: int, before: list[tuple[int, int]]) -> list[int] | None:
    waits = [0] * n
    after: list[list[int]] = [[] for _ in range(n)]
    for a, b in before:
        waits[b] += 1
        after[a].append(b)
    done = [job for job in range(n) if waits[job] == 0]
    for job in done:
        for later in after[job]:
            waits[later] -= 1
            if waits[later] == 0:
                done.append(later)
    return done if len(done) == n else None
