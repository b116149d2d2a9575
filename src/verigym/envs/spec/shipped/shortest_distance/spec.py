"""How the distance follows a change of the roads."""

from hypothesis import strategies as st


@st.composite
def journeys(draw):
    n = draw(st.integers(1, 7))
    place = st.integers(0, n - 1)
    length = draw(st.sampled_from([st.integers(0, 9), st.integers(1, 3), st.integers(0, 10**15)]))
    roads = draw(st.lists(st.tuples(place, place, length), max_size=2 * n))
    if draw(st.booleans()):  # a way through several places, so that many goals are in reach
        stops = draw(st.permutations(range(n)))
        roads = roads + [(a, b, draw(length)) for a, b in zip(stops, stops[1:])]
        return n, draw(st.permutations(roads)), draw(st.sampled_from(stops[:2])), draw(place)
    return n, roads, draw(place), draw(place)


JOURNEY = st.shared(journeys(), key="journey")
STRATEGIES = (
    JOURNEY.map(lambda one: one[0]),
    JOURNEY.map(lambda one: list(one[1])),
    JOURNEY.map(lambda one: one[2]),
    JOURNEY.map(lambda one: one[3]),
)


def by_rounds(n, roads, start):
    """The distances of all places: each road is tried as often as there are places (Bellman, Ford)."""
    found = {start: 0}
    for _ in range(n):
        for a, b, length in roads:
            if a in found:
                found[b] = min(found[a] + length, found.get(b, found[a] + length))
    return found


def change(n, roads, start, goal):
    """All roads turned round, and the journey too."""
    return n, [(b, a, length) for a, b, length in roads], goal, start


def relation(there, back, n, roads, start, goal):
    if start == goal and there != 0:
        return False
    return there == back and there == by_rounds(n, roads, start).get(goal)


def change_names(n, roads, start, goal):
    """The places numbered the other way round, the roads in the opposite order."""
    last = n - 1
    renamed = [(last - a, last - b, length) for a, b, length in reversed(roads)]
    return n, renamed, last - start, last - goal


def relation_names(first, second, n, roads, start, goal):
    return first == second


def change_halfway(n, roads, start, goal):
    """Each road twice as long, and with a place halfway."""
    first = [(a, n + i, length) for i, (a, _, length) in enumerate(roads)]
    second = [(n + i, b, length) for i, (_, b, length) in enumerate(roads)]
    return n + len(roads), first + second, start, goal


def relation_halfway(first, second, n, roads, start, goal):
    return second == (None if first is None else 2 * first)


def change_shortcut(n, roads, start, goal):
    """A road more, of length 5, from start to goal."""
    return n, [*roads, (start, goal, 5)], start, goal


def relation_shortcut(before, after, n, roads, start, goal):
    return after == (5 if before is None else min(before, 5))


def change_detour(n, roads, start, goal):
    """Roads into the start and out of the goal, and between strange places: no journey needs them."""
    return n + 2, [(goal, start, 0), (n, goal, 0), (start, n + 1, 0), *roads], start, goal


def relation_detour(before, after, n, roads, start, goal):
    return before == after
