def determinant(rows):
    return 0
