"""Versions that are alike but for a part."""

from hypothesis import strategies as st

NUMBERS = st.integers(0, 2).map(str) | st.integers(0, 11).map(str) | st.integers(0, 10**20).map(str)
PARTS = (
    st.sampled_from(
        ["alpha", "beta", "rc", "rc1", "a", "A", "B", "Z", "a-b", "-", "1a", "10a", "x9", "-1"]
    )
    | NUMBERS
    | st.text(alphabet="aB-1z", min_size=1, max_size=3).filter(lambda part: not part.isdigit())
)
FEW = st.sampled_from(["0", "2", "9", "10", "11", "100", "99"])
LABELS = st.lists(PARTS, min_size=1, max_size=3)
BUILDS = st.sampled_from(["", "", "", "+1", "+001", "+build.5", "+a-b", "+-"])


def spelled(numbers, label, build):
    return ".".join(numbers) + ("-" + ".".join(label) if label else "") + build


@st.composite
def pairs(draw):
    """Two versions; mostly the second one is the first with a single change."""
    numbers = draw(st.lists(NUMBERS, min_size=3, max_size=3))
    label = draw(LABELS)
    first, second = [numbers, label], [numbers, label]
    kind = draw(
        st.sampled_from(
            ["number", "part", "part", "numeric", "numeric", "longer", "none", "same", "any"]
        )
    )
    at = draw(st.integers(0, 2))
    if kind in ("number", "any"):
        second[0] = [*numbers[:at], *draw(st.lists(NUMBERS, min_size=3 - at, max_size=3 - at))]
        first[1] = draw(st.just([]) | LABELS)
    if kind in ("none", "any"):
        second[1] = draw(st.just([]) | LABELS)
    if kind == "part":
        second[1] = [*label[:at], draw(PARTS), *label[at + 1 :]]
    if kind == "numeric":
        first[1] = [*label[:at], draw(FEW), *label[at + 1 :]]
        second[1] = [*label[:at], draw(FEW), *label[at + 1 :]]
    if kind == "longer":
        second[1] = [*label, draw(PARTS)]
    both = [spelled(*one, draw(BUILDS)) for one in (first, second)]
    return both if draw(st.booleans()) else both[::-1]


BOTH = st.shared(pairs(), key="both")
STRATEGIES = (BOTH.map(lambda both: both[0]), BOTH.map(lambda both: both[1]))
