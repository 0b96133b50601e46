"""The page of a step in a real browser: what folds, what a click does, what a name may do."""

import pytest
from conftest import skip_unless_ci
from summary import browser

from nnlite import Input, Sequential, explain, layers
from nnlite.explaining.explanation import Explanation

from . import models
from .test_page import HOSTILE

pytestmark = pytest.mark.one_table  # no kernel is at work here


@pytest.fixture(scope="module")
def driver(tmp_path_factory):
    if not (browser.BROWSER and browser.DRIVER):
        skip_unless_ci("needs Debian's packages chromium and chromium-driver")
    with browser.chromium(tmp_path_factory.mktemp("profile")) as driver:
        yield driver


@pytest.fixture
def step() -> Explanation:
    model = Sequential([Input((3,)), layers.Dense(2, name=HOSTILE), layers.Dense(2, name="out")])
    model.compile("sgd", "mse")
    return explain(model, models.X[:2], models.TARGETS[:2])


def opened(driver) -> list[str]:
    return driver.execute_script(
        "return [...document.querySelectorAll('details[open]')].map(one => one.id)"
    )


def click(driver, css: str) -> None:
    driver.execute_script(
        "arguments[0].dispatchEvent(new MouseEvent('click', {bubbles: true}))",
        driver.find_element("css selector", css),
    )


def test_a_click_on_an_op_and_the_button_unfold_its_lines(driver, step, tmp_path):
    step.save(tmp_path / "step.html")
    driver.get((tmp_path / "step.html").as_uri())
    assert opened(driver) == []
    click(driver, "svg a[href$='forward-2']")
    (place,) = opened(driver)
    assert place.endswith("-forward-2")
    click(driver, "button")
    every = driver.find_elements("css selector", "details")
    assert len(opened(driver)) == len(every) == 2 * len(step.step.ops) + len(step.step.updates)
    click(driver, "button")
    assert opened(driver) == []


def test_nothing_is_fetched_and_no_name_is_run(driver, step, tmp_path):
    step.save(tmp_path / "step.html")
    driver.get((tmp_path / "step.html").as_uri())
    fetched = "return performance.getEntriesByType('resource').map(one => one.name)"
    assert driver.execute_script(fetched) == []
    assert driver.find_elements("css selector", "img") == []
    assert len(driver.find_elements("css selector", "script")) == 1


def test_nothing_is_wider_than_a_phone(driver, step, tmp_path):
    step.save(tmp_path / "step.html")
    try:
        driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": 390, "height": 800, "deviceScaleFactor": 1, "mobile": True},
        )
        driver.get((tmp_path / "step.html").as_uri())
        click(driver, "button")
        assert driver.execute_script("return document.documentElement.scrollWidth") == 390
    finally:
        driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_a_notebook_may_run_the_script_from_elsewhere(driver, step, tmp_path):
    """Some put the markup in first, and then run its scripts from the head of the page."""
    page = tmp_path / "notebook.html"
    page.write_text("<body></body>")
    driver.get(page.as_uri())
    put_in = """
        document.body.innerHTML += arguments[0];
        const script = document.createElement("script");
        script.text = [...document.querySelectorAll(".nnlite-step script")].at(-1).text;
        document.head.appendChild(script).remove();
    """
    driver.execute_script(put_in, step._repr_html_())
    click(driver, "button")
    assert len(opened(driver)) == len(driver.find_elements("css selector", "details")) > 0
