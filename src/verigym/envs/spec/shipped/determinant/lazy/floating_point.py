"""Elimination in floating point."""


def determinant(rows):
    matrix = [[float(x) for x in row] for row in rows]
    result = 1.0
    for k in range(len(matrix)):
        pivot = max(range(k, len(matrix)), key=lambda i: abs(matrix[i][k]))
        if matrix[pivot][k] == 0:
            return 0
        if pivot != k:
            matrix[k], matrix[pivot] = matrix[pivot], matrix[k]
            result = -result
        result *= matrix[k][k]
        for i in range(k + 1, len(matrix)):
            factor = matrix[i][k] / matrix[k][k]
            matrix[i] = [a - factor * b for a, b in zip(matrix[i], matrix[k])]
    return round(result)
