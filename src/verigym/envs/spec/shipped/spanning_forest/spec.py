"""A forest, as connected as all roads, in which no road can be exchanged for a cheaper one."""

from hypothesis import strategies as st


@st.composite
def maps(draw):
    n = draw(st.integers(1, 7))
    place = st.integers(0, n - 1)
    cost = st.integers(-3, 9) | st.integers(-1, 1)
    return n, draw(st.lists(st.tuples(place, place, cost), max_size=2 * n + 2))


MAP = st.shared(maps() | st.just((0, [])), key="map")
STRATEGIES = (MAP.map(lambda one: one[0]), MAP.map(lambda one: list(one[1])))


def requires(n, roads):
    return n >= 0 and all(0 <= a < n and 0 <= b < n for a, b, _ in roads)


def ensures(result, n, roads):
    if len(set(result)) != len(result) or not set(result) <= set(range(len(roads))):
        return False
    chosen = [roads[index] for index in result]
    if len(result) != n - len(set(parts(n, roads))) or parts(n, chosen) != parts(n, roads):
        return False
    # The best forest has, for each limit, as many roads up to it as can be without a circle.
    return all(
        len(set(parts(n, up_to(roads, limit)))) == n - len(up_to(chosen, limit))
        for limit in {cost for _, _, cost in roads}
    )


def up_to(roads, limit):
    return [road for road in roads if road[2] <= limit]


def parts(n, roads):
    """For each place the smallest one that it is connected with."""
    smallest = list(range(n))
    for _ in range(n):
        for a, b, _ in roads:
            smallest[a] = smallest[b] = min(smallest[a], smallest[b])
    return smallest
