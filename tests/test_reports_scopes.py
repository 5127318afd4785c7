"""One list of words: every scope that can be counted has one, and the documentation shows them."""

import re
from pathlib import Path

from sample_run import make_run

from energy.compositions import BASES as KNOWN_BASES
from energy.compositions import PARTS as KNOWN_PARTS
from energy.compositions import parse_composition
from energy.ledger import SCOPES
from reports.records import Ledger
from reports.run_tables import tabulate_scopes
from reports.scopes import BASES, LADDER, PARTS, find_word, name_scope

PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "scopes.md"


def test_every_base_and_part_has_a_word() -> None:
    assert tuple(BASES) == ("paper-op", *KNOWN_BASES)
    assert tuple(PARTS) == KNOWN_PARTS
    assert len({word.name for word in (BASES | PARTS).values()}) == len(BASES | PARTS)


def test_the_ladder_is_the_ledgers() -> None:
    assert tuple(LADDER) == SCOPES
    for composition in filter(None, LADDER.values()):
        assert parse_composition(composition).name == composition


def test_what_adds_begins_with_a_plus() -> None:
    assert name_scope("+dram") == "+ DRAM"
    assert name_scope("true-accumulator") == "+ exact sums"
    assert name_scope("array") == "this array's arithmetic"
    assert name_scope("another") == "another"
    assert find_word("another").counts == ""


def test_the_reports_table_says_how_to_ask_for_a_scope() -> None:
    rows = tabulate_scopes(Ledger(make_run()["energy"])).rows
    assert [row[-1].text for row in rows] == list(LADDER.values())
    assert [row[0].text for row in rows] == [name_scope(scope) for scope in LADDER]


def test_the_documentation_shows_the_list() -> None:
    shown = re.findall(r"^\| `([\w-]+)` \| (.+) \| (.+) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    words = {key: word for key, word in (BASES | PARTS).items() if key != "paper-op"}
    assert shown == [(key, word.name, word.counts) for key, word in words.items()]
