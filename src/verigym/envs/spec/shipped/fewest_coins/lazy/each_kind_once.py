"""Uses no coin twice."""

from itertools import combinations


def fewest_coins(coins, amount):
    if amount < 0:
        raise ValueError
    for size in range(len(coins) + 1):
        for some in combinations(coins, size):
            if sum(some) == amount:
                return list(some)
    return None
