"""Takes the largest coin that fits."""


def fewest_coins(coins, amount):
    if amount < 0:
        raise ValueError
    found = []
    for coin in sorted(coins, reverse=True):
        found += [coin] * (amount // coin)
        amount %= coin
    return None if amount else found
