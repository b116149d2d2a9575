"""Forgets the signs (this is the permanent)."""


def determinant(rows):
    if not rows:
        return 1
    return sum(
        row[0] * determinant([other[1:] for j, other in enumerate(rows) if j != i])
        for i, row in enumerate(rows)
    )
