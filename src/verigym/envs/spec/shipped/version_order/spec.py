"""Versions that are alike but for a part."""

from hypothesis import strategies as st

NUMBERS = st.integers(0, 11).map(str) | st.integers(0, 10**20).map(str)
PARTS = (
    st.sampled_from(
        ["alpha", "beta", "rc", "rc1", "a", "A", "B", "Z", "a-b", "-", "1a", "10a", "x9", "-1"]
    )
    | NUMBERS
    | st.text(alphabet="aB-1z", min_size=1, max_size=3).filter(lambda part: not part.isdigit())
)
LABELS = st.lists(PARTS, min_size=1, max_size=3)
BUILDS = st.sampled_from(["", "", "", "+1", "+001", "+build.5", "+a-b", "+-"])


def spelled(numbers, label, build):
    return ".".join(numbers) + ("-" + ".".join(label) if label else "") + build


@st.composite
def pairs(draw):
    """Two versions; the second one often is the first with a single change."""
    numbers = draw(st.lists(NUMBERS, min_size=3, max_size=3))
    label = draw(st.just([]) | LABELS | LABELS)
    first = spelled(numbers, label, draw(BUILDS))
    kind = draw(st.sampled_from(["number", "label", "part", "longer", "same", "any"]))
    if kind in ("number", "any"):
        numbers = [*numbers]
        numbers[draw(st.integers(0, 2))] = draw(NUMBERS)
    if kind in ("label", "any"):
        label = draw(st.just([]) | LABELS)
    if kind == "part" and label:
        at = draw(st.integers(0, len(label) - 1))
        label = [*label[:at], draw(PARTS), *label[at + 1 :]]
    if kind == "longer":
        label = [*label, draw(PARTS)]
    both = [first, spelled(numbers, label, draw(BUILDS))]
    return both if draw(st.booleans()) else both[::-1]


BOTH = st.shared(pairs(), key="both")
STRATEGIES = (BOTH.map(lambda both: both[0]), BOTH.map(lambda both: both[1]))
