"""What a determinant does when its matrix changes, and those that can be read off."""

from hypothesis import strategies as st

NUMBERS = st.integers(-3, 3) | st.sampled_from([0, 0, 1]) | st.integers(-(10**12), 10**12)


@st.composite
def matrices(draw):
    """Any matrices, and some with few numbers that are not 0."""
    size = draw(st.sampled_from([0, 1, 2, 2, 3, 3, 3, 4, 4, 5]))
    numbers = draw(st.sampled_from([st.integers(-2, 2), st.integers(-9, 9), NUMBERS]))
    row = st.lists(numbers, min_size=size, max_size=size)
    rows = draw(st.lists(row, min_size=size, max_size=size))
    if size and draw(st.booleans()):
        rows[draw(st.integers(0, size - 1))][0] = 0
        rows[0][0] = 0
    return rows


STRATEGIES = (matrices(),)


def by_first_column(rows):
    """Laplace's expansion, for small matrices."""
    if not rows:
        return 1
    minors = ([row[1:] for row in rows[:i] + rows[i + 1 :]] for i in range(len(rows)))
    return sum((-1) ** i * rows[i][0] * by_first_column(minor) for i, minor in enumerate(minors))


def change(rows):
    """Rows become columns."""
    return ([list(column) for column in zip(*rows)],)


def relation(first, second, rows):
    return first == second


def change_order(rows):
    """The first row becomes the last: as many exchanges of neighbours as there are other rows."""
    return (rows[1:] + rows[:1],)


def relation_order(first, second, rows):
    return second == (-first if len(rows) and len(rows) % 2 == 0 else first)


def change_sum(rows):
    """Three times the last row added to the first: nothing changes."""
    if len(rows) < 2:
        return (rows,)
    return ([[a + 3 * b for a, b in zip(rows[0], rows[-1])], *rows[1:]],)


def relation_sum(first, second, rows):
    return first == second


def change_border(rows):
    """A new corner: the determinant is multiplied by it, whatever else is in its row."""
    return ([[-7] + [0] * len(rows), *([5, *row] for row in rows)],)


def relation_border(first, second, rows):
    return second == -7 * first


def change_triangle(rows):
    """Nothing below the diagonal: the product of what is on it."""
    return ([[0] * i + row[i:] for i, row in enumerate(rows)],)


def relation_triangle(first, second, rows):
    product = 1
    for i, row in enumerate(rows):
        product *= row[i]
    return second == product


def change_small(rows):
    """At most three rows, by the definition."""
    return ([row[:3] for row in rows[:3]],)


def relation_small(first, second, rows):
    return second == by_first_column([row[:3] for row in rows[:3]])
