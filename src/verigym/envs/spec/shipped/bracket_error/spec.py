"""Texts whose brackets are right, nearly right, and any."""

from hypothesis import strategies as st

RIGHT = st.recursive(
    st.text(alphabet="ax ", max_size=2),
    lambda inner: st.builds(
        lambda pair, one, other: pair[0] + one + pair[1] + other,
        st.sampled_from(["()", "[]", "{}"]),
        inner,
        inner,
    ),
    max_leaves=12,
)


@st.composite
def nearly_right(draw):
    text = draw(RIGHT)
    at = draw(st.integers(0, len(text)))
    cut = at + draw(st.integers(0, 1))
    return text[:at] + draw(st.sampled_from(["", "(", ")", "[", "]", "{", "}"])) + text[cut:]


@st.composite
def unclosed(draw):
    parts = draw(st.lists(st.sampled_from(["(", "[", "{"]) | RIGHT, min_size=1, max_size=5))
    return "".join(parts)


CROSSED = st.tuples(RIGHT, st.sampled_from(["([)]", "{(})", "[x{y]z}", "(()])"]), RIGHT).map("".join)

STRATEGIES = (RIGHT | nearly_right() | unclosed() | CROSSED | st.text(alphabet="()[]{}a", max_size=8),)
