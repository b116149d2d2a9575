"""A script leads from the old text to the new, and none with fewer changes does."""

from hypothesis import given
from hypothesis import strategies as st
from solution import diff, patch

LETTERS = st.sampled_from("ab") | st.sampled_from("abcé")
TEXTS = st.text(alphabet="ab", max_size=8) | st.text(alphabet="abc", max_size=8) | st.text(max_size=5)
STEPS = st.sampled_from(["keep", "keep", "drop", "add"])
SCRIPTS = st.lists(st.tuples(STEPS, LETTERS), max_size=9)


@st.composite
def relatives(draw):
    """Two texts that have much in common."""
    old = draw(TEXTS)
    a, b = sorted((draw(st.integers(0, len(old))), draw(st.integers(0, len(old)))))
    new = (
        old[:a]
        + draw(st.text(alphabet="abc", max_size=2))
        + old[b:]
        + draw(st.text(alphabet="ab", max_size=2))
    )
    return (old, new) if draw(st.booleans()) else (new, old)


LONG = st.text(alphabet="ab", min_size=5, max_size=10) | st.text(
    alphabet="abc", min_size=6, max_size=10
)
PAIRS = relatives() | st.tuples(LONG, LONG) | st.tuples(LONG, LONG) | st.tuples(TEXTS, TEXTS)


def side(script, own):
    return "".join(character for step, character in script if step in ("keep", own))


def refuses(old, script):
    try:
        patch(old, script)
    except ValueError:
        return True
    return False


def most_in_common(old, new):
    """The length of a longest common subsequence, one row at a time."""
    row = [0] * (len(new) + 1)
    for a in old:
        above = row
        row = [0]
        for j, b in enumerate(new):
            row.append(above[j] + 1 if a == b else max(above[j + 1], row[j]))
    return row[-1]


@given(PAIRS)
def test_a_script_is_right_and_the_shortest(pair):
    old, new = pair
    script = diff(old, new)
    assert {step for step, _ in script} <= {"keep", "drop", "add"}
    assert all(len(character) == 1 for _, character in script)
    assert side(script, "drop") == old
    assert side(script, "add") == new
    assert sum(step == "keep" for step, _ in script) == most_in_common(old, new)


@given(PAIRS)
def test_a_difference_can_be_patched(pair):
    old, new = pair
    assert patch(old, diff(old, new)) == new


@given(SCRIPTS)
def test_any_script_that_fits(script):
    assert patch(side(script, "drop"), list(script)) == side(script, "add")


@given(SCRIPTS, st.text(alphabet="ab", min_size=1, max_size=2), st.integers(0, 9))
def test_a_script_that_leaves_something_or_reads_too_far_is_refused(script, more, at):
    old = side(script, "drop")
    assert refuses(old + more, list(script))
    if old:
        assert refuses(old[:-1], list(script))
        at %= len(old)
        assert refuses(old[:at] + "z" + old[at + 1 :], list(script))
