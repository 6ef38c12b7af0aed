"""docs/simulator.md says of each scenario what its file says."""

from __future__ import annotations

import re

import pytest

from rooms.simulator.scenarios import SCENARIOS
from tests.plugins.cluster import ROOT

ROWS = {
    row[1]: tuple(float(number) for number in row[2].split(","))
    for row in re.finditer(
        r"^\| `(\w+)` \| ([\d, ]+) \|", (ROOT / "docs/simulator.md").read_text(), re.M
    )
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_times_of_each_scenario_are_those_of_its_file(name: str):
    scenario = SCENARIOS[name]
    assert ROWS[name] == (scenario.begins, scenario.lasts, scenario.every)


def test_page_names_no_other_scenario():
    assert set(ROWS) == set(SCENARIOS)
