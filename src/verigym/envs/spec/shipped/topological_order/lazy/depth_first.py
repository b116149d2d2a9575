"""Depth first without a look for circles."""


def order(n, before):
    done = []

    def visit(job):
        if job not in seen:
            seen.add(job)
            for a, b in before:
                if a == job:
                    visit(b)
            done.append(job)

    seen = set()
    for job in range(n):
        visit(job)
    return None if any(a == b for a, b in before) else done[::-1]
