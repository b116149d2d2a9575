"""Counts an exchange of neighbours as one edit."""


def edit_distance(first, second):
    rows = [list(range(len(second) + 1))]
    for i, left in enumerate(first, 1):
        row = [i]
        for j, right in enumerate(second, 1):
            best = min(rows[-1][j - 1] + (left != right), rows[-1][j] + 1, row[-1] + 1)
            if i > 1 and j > 1 and left == second[j - 2] and right == first[i - 2]:
                best = min(best, rows[-2][j - 2] + 1)
            row.append(best)
        rows.append(row)
    return rows[-1][-1]
