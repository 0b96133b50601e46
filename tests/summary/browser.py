"""TensorBoard on a loopback port, and a browser that looks at its pages."""

import contextlib
import io
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import numpy as np
from PIL import Image
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException, TimeoutException
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.color import Color
from selenium.webdriver.support.wait import WebDriverWait

#: How many seconds something may take on a machine that is busy with other things.
PATIENCE = 120

BROWSER, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")

#: The element of each plugin's page. A page that was left stays there, hidden.
PAGES = {
    "timeseries": "metrics-dashboard",
    "scalars": "tf-scalar-dashboard",
    "images": "tf-image-dashboard",
    "audio": "tf-audio-dashboard",
    "graphs": "tf-graph-dashboard",
    "distributions": "tf-distribution-dashboard",
    "histograms": "tf-histogram-dashboard",
    "text": "tf-text-dashboard",
    "hparams": "tf-hparams-dashboard",
}

#: What is inside of an element and can be seen, also in the trees that components hide from CSS.
INSIDE = """
const nodes = (root) => [...(root.shadowRoot?.childNodes ?? []), ...root.childNodes];
const is_seen = (node) => node.checkVisibility({visibilityProperty: true});
function* inside(root) {
    for (const node of nodes(root)) {
        if (node.nodeType === Node.TEXT_NODE) yield node;
        if (node.nodeType !== Node.ELEMENT_NODE || !is_seen(node)) continue;
        yield node;
        yield* inside(node);
    }
}
"""

ELEMENTS = f"""{INSIDE}
const [root, selector] = arguments;
return [...inside(root)].filter((node) => node.matches && node.matches(selector));
"""

TEXTS = f"""{INSIDE}
const texts = [...inside(arguments[0])].filter((node) => node.nodeType === Node.TEXT_NODE);
return texts.map((node) => node.data.trim()).filter((text) => text);
"""

STROKES = f"""{INSIDE}
const [chart, selector] = arguments;
const paths = [...inside(chart)].filter((node) => node.matches && node.matches(selector));
const box = (element) => element.getBoundingClientRect();
const is_curve = (path) => box(path).width > box(chart).width / 4 && box(path).height > 0;
return paths.filter(is_curve).map((path) => getComputedStyle(path).stroke);
"""

CLICK = "arguments[0].dispatchEvent(new MouseEvent(arguments[1], {bubbles: true, composed: true}))"

Found = TypeVar("Found")


@contextlib.contextmanager
def tensorboard(logdir: Path, folder: Path) -> Iterator[str]:
    """Run TensorBoard on a port that is free; its address. Its own files go into a folder."""
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", str(logdir)]
    command += ["--host", "127.0.0.1", "--port", "0"]
    environment = {**os.environ, "TMPDIR": str(folder), "PYTHONWARNINGS": "ignore"}
    log = folder / "tensorboard.log"
    with open(log, "w") as file:
        process = subprocess.Popen(command, stdout=file, stderr=file, env=environment)
    try:
        yield _wait_for_address(process, log)
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _wait_for_address(process: "subprocess.Popen[bytes]", log: Path) -> str:
    for _ in range(PATIENCE * 10):
        found = re.search(r"http://127\.0\.0\.1:\d+/", log.read_text())
        if found:
            return found[0]
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.1)
            break
    raise AssertionError(f"TensorBoard does not start:\n{log.read_text()}")


@contextlib.contextmanager
def chromium(folder: Path) -> Iterator[webdriver.Chrome]:
    """Start a browser without a screen, whose profile is in a folder."""
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for argument in (
        *("headless=new", "no-sandbox", "disable-dev-shm-usage", "disable-gpu"),
        *("window-size=1400,1000", "force-device-scale-factor=1", f"user-data-dir={folder}"),
        "host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # nothing but TensorBoard
    ):
        options.add_argument(f"--{argument}")
    driver = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
    try:
        driver.set_script_timeout(PATIENCE)
        driver.set_page_load_timeout(PATIENCE)
        yield driver
    finally:
        driver.quit()


class Pages:
    """TensorBoard's pages, one of which is open.

    What is asked of it is asked again and again until there is an answer.
    """

    def __init__(self, driver: webdriver.Chrome, address: str, pictures: Path) -> None:
        self.driver = driver
        self._address, self._pictures = address, pictures
        self._plugin = ""

    def open(self, plugin: str) -> None:
        """Go to a plugin's page."""
        self._plugin = plugin
        self.driver.get(f"{self._address}#{plugin}")
        self.until(f"the page {plugin}", lambda: self.all("*"))

    def until(self, what: str, answer: Callable[[], Found]) -> Found:
        """Wait for an answer that is not empty, and return it."""
        wait = WebDriverWait(
            self.driver, PATIENCE, 0.1, ignored_exceptions=[StaleElementReferenceException]
        )
        try:
            return wait.until(lambda _: answer())
        except TimeoutException:
            self.keep(f"{self._plugin}_failed")
            raise AssertionError(f"{what} never came; there is: {self.texts()}") from None

    def all(self, selector: str, inside: WebElement | None = None) -> list[WebElement]:
        """All that can be seen of these elements, now."""
        root = inside or self._page()
        return self.driver.execute_script(ELEMENTS, root, selector) if root else []

    def texts(self, inside: WebElement | None = None) -> list[str]:
        """All texts that can be seen, now."""
        root = inside or self._page()
        return self.driver.execute_script(TEXTS, root) if root else []

    def _page(self) -> WebElement | None:
        pages = self.driver.find_elements("css selector", PAGES[self._plugin])
        return pages[0] if pages else None

    def element(self, selector: str, *texts: str, inside: WebElement | None = None) -> WebElement:
        """Wait for an element that holds these texts."""

        def answer() -> WebElement | None:
            found = self.all(selector, inside)
            return next((one for one in found if {*texts} <= {*self.texts(one)}), None)

        return self.until(f"{selector} with {texts}", answer)

    def click(self, selector: str, *texts: str, event: str = "click") -> None:
        """Click on an element, wherever an animation has just moved it."""
        self.driver.execute_script(CLICK, self.element(selector, *texts), event)

    def scroll_to(self, element: WebElement) -> None:
        """Bring an element into the window; Time Series draws nothing that is far away."""
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)

    def shows(self, *texts: str) -> None:
        """Wait until all of these texts can be seen."""
        self.until(f"{texts}", lambda: {*texts} <= {*self.texts()})

    def draws(self, chart: WebElement, colour: str) -> None:
        """Wait until a chart has pixels of a curve's colour over a quarter of its width.

        The page cuts off what lies high above the rest, often the beginning of a curve.
        """

        def answer() -> bool:
            pixels = np.asarray(_image(chart.screenshot_as_png))
            return _coloured(pixels, colour).any(axis=0).mean() > 0.25

        self.until(f"a curve of the colour {colour}", answer)

    def strokes(self, chart: WebElement, selector: str) -> list[str]:
        """The colours of some lines in a chart, now: of curves over a quarter of its width."""
        found = self.driver.execute_script(STROKES, chart, selector)
        return [Color.from_string(colour).hex for colour in found]

    def colour(self, element: WebElement, of: str) -> str:
        """The colour of an element: of its text ("color"), "background-color", ..."""
        return Color.from_string(element.value_of_css_property(of)).hex

    def keep(self, name: str) -> None:
        """Keep a picture of what can be seen, once it moves no more."""
        before = b""
        for _ in range(50):
            picture = self.driver.get_screenshot_as_png()
            if picture == before:
                break
            before = picture
        _image(picture).save(self._pictures / f"{name}.png", optimize=True)


def _image(picture: bytes) -> Image.Image:
    return Image.open(io.BytesIO(picture)).convert("RGB")


def _coloured(pixels: np.ndarray, colour: str) -> np.ndarray:
    """Which pixels are of a colour ("#ff0000"), or between it and white, as at a line's edges."""
    ink = 255.0 - pixels
    full = 255.0 - np.array([*bytes.fromhex(colour[1:])])
    share = ink @ full / (full @ full)
    away = np.linalg.norm(ink - share[..., None] * full, axis=-1)
    return (share > 0.5) & (away < 0.05 * np.linalg.norm(full))
