"""The page in headless Chromium: figures are drawn, nothing complains, a phone shows it whole."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from sample_run import make_run

from hwsim.configuration import configure_array
from hwsim.runs.comparison import compare_runs
from reports.difference import render_difference
from reports.page import write_report

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--allow-file-access-from-files",
    "--enable-logging=stderr",
    "--virtual-time-budget=10000",
    "--window-size=1280,900",
    "--dump-dom",
]
FIGURES = 18
PHONE_PX = 375

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium, which is not installed")

# A page that opens the report as a phone would, sorts a table and reports what it sees.
PROBE = """<!DOCTYPE html><iframe src="report.html" width="375" height="800"></iframe><pre></pre>
<script>
onload = () => setTimeout(() => {
  const page = document.querySelector("iframe").contentDocument;
  const column = [...page.querySelectorAll("#table-matmuls th")]
    .findIndex((head) => head.textContent === "cycles");
  const cells = () => [...page.querySelectorAll("#table-matmuls tbody tr")]
    .map((row) => Number(row.cells[column].dataset.sort));
  const button = page.querySelectorAll("#table-matmuls th button")[column];
  const sorted = [0, 1].map(() => { button.click(); return cells(); });
  const widths = [...page.querySelectorAll(".plot .main-svg")]
    .map((svg) => svg.getBoundingClientRect().width);
  const seen = { width: page.documentElement.scrollWidth, sorted, svg: Math.max(...widths) };
  document.querySelector("pre").textContent = JSON.stringify(seen);
}, 3000);
</script>"""


def open_page(path: Path, profile: Path) -> tuple[str, list[str]]:
    """Return the page's document after its scripts ran, and what its console said."""
    command = [str(CHROMIUM), *FLAGS, f"--user-data-dir={profile}", path.as_uri()]
    finished = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return finished.stdout, [line for line in finished.stderr.splitlines() if "CONSOLE" in line]


@pytest.fixture(scope="module")
def run() -> dict[str, Any]:
    return make_run()


def test_every_figure_is_drawn_and_the_console_is_silent(
    run: dict[str, Any], tmp_path: Path
) -> None:
    write_report(run, tmp_path / "report.html")
    document, console = open_page(tmp_path / "report.html", tmp_path / "profile")
    assert console == []
    figures = re.findall(r'<figure id="([^"]*)">(.*?)</figure>', document, re.DOTALL)
    assert len(figures) == FIGURES
    for key, content in figures:
        assert 'class="main-svg"' in content, key
        assert 'class="xtick"' in content and 'class="ytick"' in content, key
        assert 'class="point' in content or 'class="hm"' in content, key


def test_the_page_of_two_runs_is_drawn_on_a_phone_too(run: dict[str, Any], tmp_path: Path) -> None:
    other = make_run(config=configure_array(8640, bandwidth_gb_s=512.0))
    for name, content in (("narrow", run), ("wide", other)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "run.json").write_text(json.dumps(content), encoding="utf-8")
    comparison = compare_runs(tmp_path / "narrow", tmp_path / "wide").to_dict()
    page = render_difference(comparison, run, other)
    (tmp_path / "report.html").write_text(page, encoding="utf-8")
    document, console = open_page(tmp_path / "report.html", tmp_path / "profile")
    assert console == []
    assert document.count('class="main-svg"') >= document.count("<figure id=") == 2
    probe = PROBE.replace("#table-matmuls", "#table-results").replace('"cycles"', '"ratio"')
    (tmp_path / "probe.html").write_text(probe, encoding="utf-8")
    document, console = open_page(tmp_path / "probe.html", tmp_path / "profile")
    match = re.search(r"<pre>(.*?)</pre>", document, re.DOTALL)
    assert console == [] and match is not None
    seen = json.loads(match[1])
    assert seen["width"] <= PHONE_PX
    assert seen["sorted"][0] == seen["sorted"][1][::-1]


def test_a_phone_shows_it_whole_and_tables_sort(run: dict[str, Any], tmp_path: Path) -> None:
    write_report(run, tmp_path / "report.html")
    (tmp_path / "probe.html").write_text(PROBE, encoding="utf-8")
    document, console = open_page(tmp_path / "probe.html", tmp_path / "profile")
    assert console == []
    match = re.search(r"<pre>(.*?)</pre>", document, re.DOTALL)
    assert match is not None
    seen = json.loads(match[1])
    cycles = sorted(matmul["cycles"] for phase in run["phases"] for matmul in phase["matmuls"])
    assert seen["sorted"] == [cycles, cycles[::-1]]
    assert seen["width"] <= PHONE_PX
    assert seen["svg"] <= PHONE_PX
