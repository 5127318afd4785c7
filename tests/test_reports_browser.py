"""The pages in headless Chromium: drawn, silent, whole on a phone, in the dark and on paper."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import CHROMIUM, Browser, Page
from sample_run import certify_model_cycles, make_run, write_record

from hwsim.configuration import configure_array
from hwsim.runs.comparison import compare_runs
from hwsim.simulation import simulate
from reports.difference import render_difference
from reports.page import write_report

PHONE_PX, WINDOW_PX, PAPER_PX = 375, 1200, 703
FIGURES = {"report": 19, "differences": 2}
PROBES = (Path(__file__).parent / "page_probes.js").read_text(encoding="utf-8")
# The lowest ratio that a table may show is 0.001; what is nothing is a dash.
WRONG = re.compile(r"\b(NaN|undefined|null|None|inf|Infinity)\b|\d[eE][+-]?\d|(?<![\d.,])0(\.0+)?×")
RATIO = re.compile(r"(?<![\d.,])([\d.,]+)×(?!\s?\d)")

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium, which is not installed")


@pytest.fixture(scope="module")
def run() -> dict[str, Any]:
    return make_run() | {"certificate": certify_model_cycles(simulate("3B", verify=False))}


@pytest.fixture(scope="module")
def files(run: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return both pages: of a run, and of that run and one with tables and more bandwidth."""
    folder = tmp_path_factory.mktemp("pages")
    config = configure_array(8640, style="table", lanes=63, bandwidth_gb_s=512.0)
    runs = {"narrow": run, "wide": make_run(config=config)}
    for name, content in runs.items():
        write_record(content, folder / name)
    comparison = compare_runs(folder / "narrow", folder / "wide").to_dict()
    files = {name: folder / f"{name}.html" for name in FIGURES}
    write_report(run, files["report"])
    files["differences"].write_text(render_difference(comparison, *runs.values()), encoding="utf-8")
    return files


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture(scope="module")
def pages(browser: Browser, files: dict[str, Path]) -> dict[str, Page]:
    """Return both pages as a window shows them, with the probes in them."""
    pages = {name: browser.open(file.as_uri(), WINDOW_PX) for name, file in files.items()}
    for page in pages.values():
        page.evaluate(PROBES)
    return pages


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_is_drawn_and_nothing_is_fetched_or_logged(
    pages: dict[str, Page], files: dict[str, Path], name: str
) -> None:
    page = pages[name]
    assert page.console == []
    fetched = [address for address in page.requests if not address.startswith("data:")]
    assert fetched == [files[name].as_uri()]
    drawn = page.evaluate(
        """[...document.querySelectorAll("figure")].map((figure) =>
        [".main-svg", ".xtick", ".ytick", ".point, .hm"].map((p) => !!figure.querySelector(p)))"""
    )
    assert drawn == [[True] * 4] * FIGURES[name]


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("width", [WINDOW_PX, PHONE_PX])
def test_nothing_is_cut_covered_or_scrolls_sideways(
    pages: dict[str, Page], name: str, width: int
) -> None:
    page = pages[name]
    page.show(width, mobile=width == PHONE_PX)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("findCut()") == []
    assert page.evaluate("findOverlaps()") == []
    assert page.evaluate("findSilentBoxes()") == []
    inner = page.evaluate("document.querySelectorAll('.scroll[data-right]').length")
    assert (inner > 0) == (width == PHONE_PX)


def test_unequal_matmuls_leave_each_other_room(browser: Browser, tmp_path: Path) -> None:
    """On the smallest model and an array that fits it badly every matmul stands elsewhere."""
    write_report(make_run("tiny", config=configure_array(768, style="table")), tmp_path / "x.html")
    page = browser.open((tmp_path / "x.html").as_uri(), PHONE_PX, mobile=True)
    page.evaluate(PROBES)
    assert page.evaluate("findOverlaps()") == []
    assert page.evaluate("findCut()") == []


@pytest.mark.parametrize("ratio", ["2.00×", "0.00328×", "0.0000328×"])
def test_a_long_ratio_leaves_its_label_room(pages: dict[str, Page], ratio: str) -> None:
    page = pages["differences"]
    page.show(PHONE_PX, mobile=True)
    script = f"""(() => {{
        const [strong, label] = document.querySelectorAll(".numbers li:first-child > *");
        const shown = strong.textContent;
        strong.textContent = "{ratio}";
        const range = document.createRange();
        range.selectNodeContents(strong);
        const room = label.getBoundingClientRect().left - range.getBoundingClientRect().right;
        strong.textContent = shown;
        return [room, document.documentElement.scrollWidth];
    }})()"""
    room, width = page.evaluate(script)
    assert room > 0
    assert width <= PHONE_PX


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_contrast(pages: dict[str, Page], name: str, scheme: str) -> None:
    pages[name].show(WINDOW_PX, scheme=scheme)
    assert pages[name].evaluate(f"matchMedia('(prefers-color-scheme: {scheme})').matches")
    assert pages[name].evaluate("findFaint()") == []


@pytest.mark.parametrize("name", FIGURES)
def test_paper_shows_whole_tables_and_no_cue(pages: dict[str, Page], name: str) -> None:
    page = pages[name]
    page.show(PAPER_PX, media="print")
    hidden = page.evaluate("""[...document.querySelectorAll(".scroll > table")]
        .filter((table) => table.scrollWidth > innerWidth + 1).map((table) => table.id)""")
    cues = page.evaluate("""[...document.querySelectorAll("caption")]
        .map((caption) => getComputedStyle(caption, "::after").content)""")
    assert hidden == []
    assert set(cues) == {"none"}


@pytest.mark.parametrize("name", FIGURES)
def test_every_number_has_its_digits(pages: dict[str, Page], name: str) -> None:
    texts = "header, p, figcaption, table:not(#table-claims), dd, .plot text"
    script = f"""[...document.querySelectorAll("{texts}")].map((part) => part.textContent)
        .join("\\n")"""
    text = re.sub(r"\b[0-9a-f]{12,}\b", "", pages[name].evaluate(script))
    assert [text[max(m.start() - 30, 0) : m.end()] for m in WRONG.finditer(text)] == []
    ratios = RATIO.findall(text)
    assert len(ratios) > 40
    assert [r for r in ratios if len(r.replace(".", "").replace(",", "").lstrip("0")) < 3] == []


def test_tables_sort_by_keyboard_and_say_so(pages: dict[str, Page], run: dict[str, Any]) -> None:
    page = pages["report"]
    page.show(WINDOW_PX)
    page.evaluate("""document.querySelector("#table-matmuls").closest(".scroll").focus()""")
    cycles = sorted(matmul["cycles"] for phase in run["phases"] for matmul in phase["matmuls"])
    for _ in range(7):  # the caption's link, then the heads up to "cycles"
        page.press("Tab")
    page.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "cycles"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    for order, expected in (("ascending", cycles), ("descending", cycles[::-1])):
        page.press("Enter", text="\r")
        head = page.evaluate("""document.activeElement.closest("th").ariaSort""")
        column = page.evaluate("""[...document.querySelectorAll("#table-matmuls tbody tr")]
            .map((row) => Number(row.cells[6].dataset.sort))""")
        assert (head, column) == (order, expected)


def test_the_first_stop_skips_to_the_results(pages: dict[str, Page]) -> None:
    page = pages["differences"]
    page.show(WINDOW_PX)
    page.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the results"
    assert page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
    page.press("Enter", text="\r")
    assert page.evaluate("location.hash") == "#main"


@pytest.mark.parametrize("key", ["certificate", "figure-roofline", "table-claims"])
def test_deep_links_lead_below_the_navigation(pages: dict[str, Page], key: str) -> None:
    page = pages["report"]
    page.show(WINDOW_PX)
    page.evaluate(f"""document.querySelector("a[href='#{key}']").click()""")
    page.settle()
    top, bottom = page.evaluate(f"""[document.getElementById("{key}").getBoundingClientRect().top,
        document.querySelector("nav").getBoundingClientRect().bottom]""")
    assert bottom - 1 <= top < 400
