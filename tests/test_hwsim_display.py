"""Results show themselves in a notebook: well-formed, escaped, the numbers of the terminal."""

from dataclasses import replace
from html.parser import HTMLParser

import pytest
from sample_run import certify_model_cycles

import hwsim
from hwsim.accounting.tables import show_account
from hwsim.certificate import Certificate
from hwsim.display import TextTable, render_html
from hwsim.runs.comparison import Difference, RunComparison
from hwsim.summary import show_summary


class Fragment(HTMLParser):
    """The cells and paragraphs of a fragment, checked for balance."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.open.append(tag)
        self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts[self.open[-1]][-1] += data


@pytest.fixture(scope="module")
def simulation() -> hwsim.Simulation:
    return hwsim.simulate("3B", verify=False)


def test_tables_and_paragraphs_are_escaped() -> None:
    table = TextTable("a < b", ("<i>", "n"), [("x & y", "1")])
    fragment = Fragment(render_html(table, "<script>"))
    assert fragment.texts["caption"] == ["a < b"]
    assert fragment.texts["th"] == ["<i>", "n"]
    assert fragment.texts["td"] == ["x & y", "1"]
    assert fragment.texts["p"] == ["<script>"]
    assert "script" not in fragment.texts


def test_a_simulation_shows_what_the_command_prints(
    simulation: hwsim.Simulation, capsys: pytest.CaptureFixture
) -> None:
    from hwsim.summary import print_summary

    print_summary(simulation)
    printed = capsys.readouterr().out
    assert simulation._repr_html_() == show_summary(simulation)
    shown = Fragment(show_summary(simulation))
    for cell in (*shown.texts["td"], *shown.texts["caption"]):
        assert cell.strip() in printed
    assert f"{simulation.decode.cycles:,}" in shown.texts["td"]
    assert len(shown.texts["p"]) == 4


def test_a_phase_shows_its_matmuls(simulation: hwsim.Simulation) -> None:
    shown = Fragment(simulation.decode._repr_html_())
    assert shown.texts["caption"] == ["decode: 3,146,728 cycles, memory-bound"]
    assert "q_proj x 26" in shown.texts["td"]
    assert shown.texts["td"].count("25.0%") == 7


def test_a_certificate_shows_its_verdict(simulation: hwsim.Simulation) -> None:
    fields = certify_model_cycles(simulation)
    del fields["passed"]
    passed = Certificate(**fields)
    assert Fragment(passed._repr_html_()).texts["p"] == list(passed.lines())
    assert "certificate passed: one layer" in passed._repr_html_()
    assert "certificate FAILED" in replace(passed, mismatched_outputs=1)._repr_html_()


def test_an_account_shows_scopes_or_categories() -> None:
    ladder = hwsim.account_energy("paper-3B", nodes_nm=(7, 45), scopes=("paper", "real-shape"))
    shown = Fragment(ladder._repr_html_())
    assert len(shown.texts["table"]) == 2
    assert any("21.7x" in cell for cell in shown.texts["td"])
    single = hwsim.account_energy("paper-3B", scopes=("paper",))
    assert "total" in Fragment(show_account(single)).texts["td"]


def test_comparisons_show_their_rows() -> None:
    comparison = hwsim.compare_accelerators("3B")
    shown = Fragment(comparison._repr_html_())
    assert "VitaLLM" in shown.texts["td"]
    assert len(shown.texts["p"]) == 1 + len(comparison.published)
    differing = Difference(quantity="array.lanes", first=32, second=64, ratio=2.0)
    runs = RunComparison(runs=("a", "b"), settings=(differing,), results=(), equal_results=3)
    shown = Fragment(runs._repr_html_())
    assert shown.texts["td"] == ["array.lanes", "32", "64", "2"]
    assert shown.texts["p"] == ["3 results are the same"]


def test_cycles_show_names_and_values(simulation: hwsim.Simulation) -> None:
    _, cycles = simulation.decode.matmuls[0]
    shown = Fragment(cycles._repr_html_())
    assert shown.texts["td"][:2] == ["cycles", f"{cycles.cycles:,}"]
    assert len(shown.texts["td"]) == 2 * len(cycles.to_dict())
    assert "True" in shown.texts["td"]  # memory_bound
