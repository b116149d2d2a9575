"""Of ways that cost the same it takes the last, not the first."""


def cheapest_product(sizes):
    def best(i, j):
        if (i, j) not in known:
            if j == i + 1:
                known[i, j] = (0, chr(65 + i))
            else:
                ways = []
                for cut in range(i + 1, j):
                    (a, left), (b, right) = best(i, cut), best(cut, j)
                    ways.append((a + b + sizes[i] * sizes[cut] * sizes[j], -cut, f"({left}{right})"))
                cost, _, text = min(ways)
                known[i, j] = (cost, text)
        return known[i, j]

    known = {}
    return best(0, len(sizes) - 1)
