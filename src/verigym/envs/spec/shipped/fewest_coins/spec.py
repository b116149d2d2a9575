"""The coins add up, and no fewer do: by reaching further, one coin at a time."""

from hypothesis import strategies as st

TRICKY = st.sampled_from(
    [[1, 3, 4], [4, 3, 1], [1, 5, 6, 9], [2, 4, 7], [6, 10, 15], [1, 15, 25], [7, 9]]
)
COINS = TRICKY | st.lists(st.integers(1, 12), max_size=5) | st.lists(st.integers(1, 60), max_size=8)
AMOUNTS = st.integers(0, 30) | st.integers(0, 200) | st.integers(-3, 2)
STRATEGIES = (COINS, AMOUNTS)


def raises(coins, amount):
    return ValueError if amount < 0 else None


def requires(coins, amount):
    return amount <= 200 and len(set(coins)) <= 8 and all(coin > 0 for coin in coins)


def ensures(result, coins, amount):
    fewest = least(set(coins), amount)
    if result is None or fewest is None:
        return result is fewest
    return sum(result) == amount and set(result) <= set(coins) and len(result) == fewest


def least(kinds, amount):
    """How many coins the amount takes; None when it cannot be made."""
    reached, new, count = {0}, {0}, 0
    while amount not in reached:
        new = {total + coin for total in new for coin in kinds if total + coin <= amount} - reached
        if not new:
            return None
        reached, count = reached | new, count + 1
    return count
