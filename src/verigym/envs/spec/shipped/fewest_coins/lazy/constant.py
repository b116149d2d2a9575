def fewest_coins(coins, amount):
    if amount < 0:
        raise ValueError
    return [] if amount == 0 else None
