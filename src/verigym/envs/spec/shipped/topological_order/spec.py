"""Orders that keep all pairs, for pairs that come of an order; and circles."""

from hypothesis import given
from hypothesis import strategies as st
from solution import order


@st.composite
def possible(draw):
    """Pairs that some order keeps."""
    jobs = draw(st.permutations(range(draw(st.integers(0, 8)))))
    places = st.integers(0, max(len(jobs) - 1, 0))
    chosen = draw(st.lists(st.tuples(places, places), max_size=14))
    return len(jobs), [(jobs[min(two)], jobs[max(two)]) for two in chosen if two[0] != two[1]]


@st.composite
def impossible(draw):
    """Such pairs, and a circle of some jobs."""
    n, before = draw(possible())
    n = max(n, 1)
    circle = draw(st.permutations(range(n)))[: draw(st.integers(1, min(n, 4)))]
    return n, draw(st.permutations(before + list(zip(circle, circle[1:] + circle[:1]))))


@given(possible())
def test_every_pair_is_kept(jobs):
    n, before = jobs
    found = order(n, list(before))
    assert sorted(found) == list(range(n))
    place = {job: index for index, job in enumerate(found)}
    assert all(place[a] < place[b] for a, b in before)


@given(impossible())
def test_a_circle_has_no_order(jobs):
    n, before = jobs
    assert order(n, list(before)) is None


@given(possible(), st.integers(0, 7), st.integers(0, 7))
def test_one_pair_more_can_be_kept_or_closes_a_circle(jobs, a, b):
    n, before = jobs
    if a >= n or b >= n:
        return
    reached, new = {b}, [b]
    for job in new:
        later = {y for x, y in before if x == job} - reached
        reached |= later
        new += sorted(later)
    found = order(n, [*before, (a, b)])
    assert (found is None) == (a in reached)
    if found is not None:
        assert found.index(a) < found.index(b)
