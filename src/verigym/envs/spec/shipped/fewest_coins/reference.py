"""The last coin of the shortest list, for each amount in turn."""


def fewest_coins(coins: list[int], amount: int) -> list[int] | None:
    if amount < 0:
        raise ValueError(f"the amount {amount}")
    best: list[list[int] | None] = [[]]
    for total in range(1, amount + 1):
        shorter: list[int] | None = None
        for coin in coins:
            rest = best[total - coin] if coin <= total else None
            if rest is not None and (shorter is None or len(rest) + 1 < len(shorter)):
                shorter = [*rest, coin]
        best.append(shorter)
    return best[amount]
