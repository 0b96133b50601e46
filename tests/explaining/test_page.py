"""The page: whole by itself, well-formed, escaped, and with the numbers of the step."""

import html.parser
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest

import nnlite
from nnlite import Sequential, explain, layers
from nnlite.explaining import markup, numbers

from . import models

pytestmark = pytest.mark.one_table  # no kernel's numbers are judged here

VOID = {"meta", "br"}
HOSTILE = "</script><script>alert(1)</script>\"'&<img src=x onerror=alert(2)>\x00\u202e"


class Reader(html.parser.HTMLParser):
    """Reads a page, and refuses what is not nested as it should be."""

    def __init__(self, page):
        super().__init__()
        self.open, self.tags, self.text = [], [], []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not self.open or self.open[-1] not in ("style", "script"):
            self.text.append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.mark.parametrize("make", models.ALL)
def test_a_page_is_well_formed_and_needs_nothing_else(make):
    page = explain(*make()).to_html()
    reader = Reader(page)
    names = {name for _, attributes in reader.tags for name in attributes}
    assert not names & {"src", "srcset", "action", "background", "poster"}
    assert not re.search(r"url\(|@import|https?:|//", page)
    ids = [attributes["id"] for _, attributes in reader.tags if "id" in attributes]
    links = [attributes["href"] for attributes in reader.all("a")]
    assert len(set(ids)) == len(ids)
    assert links
    assert {link.removeprefix("#") for link in links} <= set(ids)


@pytest.mark.parametrize("make", models.ALL)
def test_the_picture_has_a_card_for_each_op_and_an_arrow_for_each_value_between_two(make):
    explanation = explain(*make())
    (picture,) = re.findall("<svg.*?</svg>", explanation.to_html(), re.DOTALL)
    root = ElementTree.fromstring(picture)
    step = explanation.step
    assert len(root.findall(".//a")) == len(step.ops)
    arguments = [argument.value for op in step.ops for argument in op.arguments]
    between = [value for value in arguments if value.kind in ("result", "input")]
    assert len(root.findall(".//path")) == len(between) + 1  # the loss at the end
    shown = "".join(text for text in root.itertext())
    for value in between:
        assert numbers.few(value.data) in shown
        for flow in value.flows:
            assert f"∂ {numbers.few(flow.gradient)}" in shown


def test_nothing_in_the_picture_overlaps():
    (picture,) = re.findall("<svg.*?</svg>", explain(*models.functional()).to_html(), re.DOTALL)
    boxes = [
        tuple(float(one.get(name)) for name in ("x", "y", "width", "height"))
        for one in ElementTree.fromstring(picture).iter("rect")
    ]
    assert len(boxes) > 10
    for place, (x, y, width, height) in enumerate(boxes):
        for x2, y2, width2, height2 in boxes[:place]:
            apart = x2 >= x + width or x >= x2 + width2 or y2 >= y + height or y >= y2 + height2
            assert apart


def test_hostile_names_stay_text():
    class Own(layers.Layer):
        """<script>alert(3)</script> & so on."""

        def call(self, inputs):
            return inputs * 1.0

    model = Sequential([nnlite.Input((3,)), Own(name=HOSTILE), layers.Dense(2)], name=HOSTILE)
    model.compile("sgd", lambda y, p: nnlite.ops.mean((y - p) ** 2, axis=-1), metrics=["mae"])
    explanation = explain(model, models.X, models.TARGETS)
    for page in (explanation.to_html(), explanation._repr_html_()):
        reader = Reader(page)
        assert len(reader.all("script")) == 1
        assert not reader.all("img")
        assert not any("onerror" in attributes for _, attributes in reader.tags)
        assert "<img src=x onerror=alert(2)>\ufffd\ufffd" in "".join(reader.text)
    ElementTree.fromstring(re.findall("<svg.*?</svg>", explanation.to_html(), re.DOTALL)[0])


def test_all_numbers_of_the_step_are_on_the_page_and_no_others():
    explanation = explain(*models.functional())
    step = explanation.step
    arrays = [value.data for value in step.inputs]
    for op in step.ops:
        arrays += [op.result.data, op.result.gradient]
        arrays += [argument.value.data for argument in op.arguments]
        arrays += [flow.gradient for _, flow in op.sent_back()]
    for update in step.updates:
        arrays += [update.before, update.gradient, update.after]
        arrays += [array for slot in update.slots for array in (slot.before, slot.after)]
    known = {numbers.number(one) for a in arrays if a is not None for one in a.ravel()}
    known |= {numbers.number(value) for value in step.logs.values()}
    page = explanation.to_html()
    cells = re.findall("<td>(.*?)</td>", page)
    assert len(cells) > 200
    assert set(cells) <= known
    last = step.updates[-1].after
    assert "".join(f"<td>{numbers.number(one)}</td>" for one in last.ravel()) in page


def test_a_page_is_written_whole_and_the_same_step_gives_the_same(tmp_path):
    model, x, y = models.sequential()
    explain(model, x, y).save(tmp_path / "step.html")
    page = (tmp_path / "step.html").read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>\n")
    assert page == explain(model, x, y).to_html()
    assert [path.name for path in Path(tmp_path).iterdir()] == ["step.html"]


def test_print_and_repr_and_a_notebook():
    explanation = explain(*models.linear())
    assert str(explanation) == explanation.text()
    assert repr(explanation).startswith("<Explanation: One training step of 'sequential' on 4 sam")
    assert explanation._repr_html_().startswith('<div class="nnlite-step">')


def test_the_text_reads_from_the_input_to_the_updated_weight():
    model, x, y = models.linear()
    text = explain(model, x, y).text()
    after = explain(model, x, y).step.updates[-1].after
    places = [text.index(word) for word in ("FORWARD", "BACKWARD", "UPDATE", "REPORTED")]
    assert places == sorted(places)
    assert "w ← w - learning_rate g   learning_rate = 0.1" in text
    assert f"after{' ' * 20}(2)       {numbers.lines(after)[0]}" in text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.123456, "0.1235"), (-0.0, "0"), (1e30, "1e30"), (3, "3"), (True, "True")],
)
def test_numbers_as_text(value, text):
    assert numbers.number(np.asarray(value)[()]) == text


def test_what_is_left_out_of_an_array_is_marked():
    table = numbers.rows(np.arange(200).reshape(2, 10, 10))
    assert len(table) == 7
    assert table[-1] == ["…"]
    assert table[0][-2:] == ["7", "…"]
    assert numbers.few(np.arange(3)) == "0, 1, …  (3)"
    assert numbers.few(np.float32(2)) == "2"
    assert numbers.span(np.array([1.0, np.nan, -2.0])) == "-2 to 1, 1 not finite"
    assert numbers.lines(np.zeros((0, 3))) == []
    assert numbers.span(np.zeros(0)) == ""


def test_markup_escapes_all_but_markup():
    inner = markup.element("b", "<&>", title='"')
    assert inner == '<b title="&quot;">&lt;&amp;&gt;</b>'
    assert markup.element("p", inner, class_="a") == f'<p class="a">{inner}</p>'
