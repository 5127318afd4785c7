"""The page: one well-formed file that loads nothing, with everything from the record escaped."""

import copy
import hashlib
import json
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from sample_run import certify_model_cycles, make_run

from hwsim.simulation import simulate
from reports.facts import flatten, hash_record
from reports.page import render_report, write_report
from reports.sources import link_citations, list_sources
from workloads.errors import InputError

ROOT = Path(__file__).parents[1]
VOID = {"meta", "link", "br", "hr", "img", "input"}
LOADING = {"src", "srcset", "poster", "data", "action", "background"}
FIGURES, TABLES = 19, 11
HOSTILE = "</title></script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&"


class Page(HTMLParser):
    """Elements of a page, checked for balance."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, str] = {}
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts[self.open[-1]] = self.texts.get(self.open[-1], "") + data

    def values(self, tag: str, name: str) -> list[str]:
        return [a[name] or "" for t, a in self.elements if t == tag and name in a]


@pytest.fixture(scope="module")
def run() -> dict[str, Any]:
    return make_run() | {"certificate": certify_model_cycles(simulate("3B", verify=False))}


@pytest.fixture(scope="module")
def text(run: dict[str, Any]) -> str:
    return render_report(run)


def test_the_page_is_well_formed_and_links_within_itself(text: str) -> None:
    page = Page(text)
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(set(ids)) == len(ids)
    sections = ("scopes", "energy", "cycles", "memory", "roofline", "scaling", "hardware")
    assert {*sections, "claims", "certificate", "ledger", "provenance"} <= set(ids)
    targets = [link[1:] for link in page.values("a", "href") if link.startswith("#")]
    for _, attributes in page.elements:
        targets += (attributes.get("aria-labelledby") or "").split()
        targets += (attributes.get("aria-describedby") or "").split()
    assert set(targets) <= set(ids)
    tags = [tag for tag, _ in page.elements]
    assert tags.count("h1") == tags.count("main") == tags.count("nav") == 1
    assert tags.count("figure") == tags.count("figcaption") == FIGURES
    assert tags.count("table") == tags.count("caption") == TABLES


def test_the_page_loads_nothing(text: str) -> None:
    page = Page(text)
    for tag, attributes in page.elements:
        assert not LOADING & set(attributes), tag
        if tag == "a":
            allowed = ("#", "https://doi.org/10.", "https://arxiv.org/abs/")
            assert (attributes["href"] or "").startswith(allowed)
    assert page.values("link", "href") == ["data:,"]
    (policy,) = [a["content"] for _, a in page.elements if "http-equiv" in a]
    assert policy is not None
    assert policy.startswith("default-src 'none';")
    assert "http" not in policy
    assert "url(" not in page.texts["style"] and "@import" not in page.texts["style"]
    assert text.count("Plotly, Inc.") >= 1
    assert len(text.encode()) < 6_000_000


def test_the_three_numbers_are_the_records(text: str, run: dict[str, Any]) -> None:
    values = [float(value) for value in Page(text).values("strong", "data-value")]
    fields = ("operation_ratio", "arithmetic_ratio", "decode_ratio")
    assert values == [run["headline"][field] for field in fields]


def test_every_plot_has_its_data(text: str) -> None:
    page = Page(text)
    plots = [a["id"] for t, a in page.elements if t == "div" and a.get("class") == "plot"]
    data = [a["id"] for t, a in page.elements if a.get("type") == "application/json"]
    assert data == [f"{plot}-data" for plot in plots]
    assert len(plots) == FIGURES


def test_everything_from_the_record_is_escaped(run: dict[str, Any]) -> None:
    hostile = copy.deepcopy(run)
    hostile["model"]["name"] = HOSTILE
    hostile["certificate"]["scope"] = HOSTILE
    hostile["provenance"]["command"] = HOSTILE
    hostile["claims"][0]["note"] = HOSTILE
    hostile["energy"][0]["source"] = f"{HOSTILE} doi:10.1/x\"onclick='alert(3)'"
    for row in hostile["energy"]:
        row["phase"] = row["phase"] + HOSTILE
    for phase in hostile["phases"]:
        phase["matmuls"][0]["name"] = HOSTILE
    hostile["folds"][0]["matmul"] = HOSTILE
    hostile["operations"][0]["operation"] = HOSTILE
    hostile["scaling"][0]["source"] = HOSTILE
    hostile["accelerators"]["published"][0]["published"]["name"] = HOSTILE
    page = Page(render_report(hostile))
    assert "img" not in [tag for tag, _ in page.elements]
    assert not [name for _, a in page.elements for name in a if name.startswith("on")]
    plain = Page(render_report(run))
    assert len(page.values("script", "id")) == len(plain.values("script", "id"))
    assert [t for t, _ in page.elements].count("script") == FIGURES + 2
    assert HOSTILE in page.texts["title"]


def test_a_run_without_certificate_and_claims_says_so(run: dict[str, Any]) -> None:
    added = ("claims", "accelerators", "scaling", "folds", "operations")
    bare = {key: value for key, value in run.items() if key not in added} | {"certificate": None}
    text = render_report(bare)
    Page(text)
    assert 'class="badge not-run"' in text
    assert "Nothing was executed on the RTL" in text
    assert "This run recorded no claims" in text
    assert "This run recorded no other models" in text
    assert "This run recorded no other hardware" in text
    assert 'id="figure-folds' not in text


@pytest.mark.parametrize(("passed", "badge"), [(True, "badge passed"), (False, "badge failed")])
def test_the_badge_is_the_certificates(run: dict[str, Any], passed: bool, badge: str) -> None:
    text = render_report(run | {"certificate": run["certificate"] | {"passed": passed}})
    assert f'class="{badge}"' in text


def test_what_no_scope_contains_is_listed(run: dict[str, Any]) -> None:
    assert "<li>clock <b>tree</b></li>" not in render_report(run)
    text = render_report(run | {"not_counted": ["clock <b>tree</b>"]})
    assert "<li>clock &lt;b&gt;tree&lt;/b&gt;</li>" in text


def test_a_damaged_record_is_refused_and_leaves_the_old_report(
    run: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "report.html"
    write_report(run, path)
    before = path.read_bytes()
    damaged = copy.deepcopy(run)
    del damaged["phases"][0]["matmuls"]
    for wrong, message in (
        (damaged, "run must have the key 'matmuls', which is missing"),
        ({"schema": 1}, "run must have the schema 'hwsim.run/1', not 1"),
    ):
        with pytest.raises(InputError) as error:
            write_report(wrong, path)
        assert str(error.value) == message
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_the_report_depends_on_the_record_alone(run: dict[str, Any]) -> None:
    assert render_report(run) == render_report(json.loads(json.dumps(run)))


def test_citations_become_links() -> None:
    text = "a <b> doi:10.1109/ISCA52012.2021.00010; arXiv:2402.17764, arXiv 2310.11453 (eq. 16)"
    assert link_citations(text) == (
        "a &lt;b&gt; "
        '<a href="https://doi.org/10.1109/ISCA52012.2021.00010">'
        "doi:10.1109/ISCA52012.2021.00010</a>; "
        '<a href="https://arxiv.org/abs/2402.17764">arXiv:2402.17764</a>, '
        '<a href="https://arxiv.org/abs/2310.11453">arXiv 2310.11453</a> (eq. 16)'
    )
    assert link_citations(None) == "None"


def test_sources_are_counted_by_row(run: dict[str, Any]) -> None:
    sources = list_sources(run["energy"])
    assert "jouppi2021 doi:10.1109/ISCA52012.2021.00010" in sources
    assert all(0 < count <= len(run["energy"]) for count in sources.values())


def test_nested_records_are_flattened() -> None:
    assert flatten({"a": 1000, "b": {"c": None, "d": {"e": "x", "f": True, "g": 1e3}}}) == [
        ("a", "1,000"),
        ("b c", "–"),
        ("b d e", "x"),
        ("b d f", "true"),
        ("b d g", "1,000"),
    ]


def test_the_record_is_named_by_the_hash_of_its_file(
    text: str, run: dict[str, Any], tmp_path: Path
) -> None:
    file = tmp_path / "run.json"
    file.write_text(json.dumps(run, indent=2), encoding="utf-8")
    assert hash_record(run) == hashlib.sha256(file.read_bytes()).hexdigest()
    assert f"<dd>{hash_record(run)}</dd>" in text


def test_importing_reports_imports_no_plotly() -> None:
    code = "import sys, reports.page; print(*({'plotly', 'pandas', 'jinja2'} & set(sys.modules)))"
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert (output.returncode, output.stdout.split()) == (0, [])
