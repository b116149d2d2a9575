def determinant(rows):
    product = 1
    for i, row in enumerate(rows):
        product *= row[i]
    return product
