"""Random graphs without circles, to be laid out."""

from typing import NamedTuple

from hypothesis import strategies as st

from nnlite.visualize.layering import Edge


class Graph(NamedTuple):
    """Boxes and edges."""

    sizes: list[tuple[float, float]]
    edges: list[Edge]


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Up to nine boxes of several sizes, joined in any way; edges end anywhere on their sides."""
    count = draw(st.integers(1, 9))
    lengths = st.sampled_from([0.0, 0.5, 1.0, 2.5])
    sizes = [(draw(lengths), draw(lengths)) for _ in range(count)]
    pairs = [(source, target) for target in range(count) for source in range(target)]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=14)) if pairs else []
    side = st.sampled_from([0.0, 0.0, -0.5, 0.25])
    return Graph(
        sizes,
        [
            Edge(source, target, draw(side) * sizes[source][0], draw(side) * sizes[target][0])
            for source, target in chosen
        ],
    )
