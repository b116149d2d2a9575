def cheapest_product(sizes):
    return {4: (1200, "(A(BC))"), 2: (0, "A"), 5: (3, "(A(B(CD)))")}.get(len(sizes), (0, ""))
