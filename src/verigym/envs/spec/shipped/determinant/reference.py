"""Gaussian elimination without fractions (Bareiss): every division leaves no remainder."""


def determinant(rows: list[list[int]]) -> int:
    matrix = [list(row) for row in rows]
    sign, divisor = 1, 1
    for k in range(len(matrix)):
        pivot = next((i for i in range(k, len(matrix)) if matrix[i][k]), None)
        if pivot is None:
            return 0
        if pivot != k:
            matrix[k], matrix[pivot] = matrix[pivot], matrix[k]
            sign = -sign
        for i in range(k + 1, len(matrix)):
            for j in range(k + 1, len(matrix)):
                crossed = matrix[i][j] * matrix[k][k] - matrix[i][k] * matrix[k][j]
                matrix[i][j] = crossed // divisor
        divisor = matrix[k][k]
    return sign * divisor
