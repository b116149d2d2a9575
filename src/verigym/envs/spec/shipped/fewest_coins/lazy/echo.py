def fewest_coins(coins, amount):
    return coins
