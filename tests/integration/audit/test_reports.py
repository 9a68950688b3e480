# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports of a real audit: they point at the right places, and a playbook writes them whatever was found."""

from __future__ import annotations

import base64
import json
import os
import urllib.parse
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from ansible_collections.lotus_lake.secrets.demo.estate import EmbeddedEstate
from ansible_collections.lotus_lake.secrets.demo.playbook import run_playbook
from ansible_collections.lotus_lake.secrets.plugins.module_utils.audit.reports import FORMATS
from ansible_collections.lotus_lake.secrets.plugins.module_utils.audit.reports.html.drawing import drawn
from ansible_collections.lotus_lake.secrets.plugins.module_utils.audit.rules import RULES
from ansible_collections.lotus_lake.secrets.plugins.module_utils.operations.estate_audit import OPERATION
from ansible_collections.lotus_lake.secrets.tests.fixtures.holdings_lab import HoldingsLab

PLAIN = "kind: Secret\nstringData:\n  a: in the open\n"


def test_each_location_opens_the_line_that_is_meant(lab: HoldingsLab) -> None:
    odd = [b"a|b <c>.yaml", b"q\"'#%41?.yaml", b"caf\xe9.yaml", "\N{SNOWMAN}.yaml".encode()]
    for name in odd:
        Path(os.fsdecode(bytes(lab.path("h-kube", "")) + b"/" + name)).write_text(PLAIN)
    lab.commit()
    (run,) = json.loads(FORMATS["sarif"](lab.perform(OPERATION), "lake"))["runs"]
    opened = set()
    for one in run["results"]:
        place = one["locations"][0]["physicalLocation"]
        name = urllib.parse.unquote_to_bytes(place["artifactLocation"]["uri"])
        file = bytes(lab.path(place["artifactLocation"]["uriBaseId"], "")) + b"/" + name
        line = Path(os.fsdecode(file)).read_text().splitlines()[place["region"]["startLine"] - 1]
        assert line == "  a: in the open"
        opened.add(name)
    assert opened == set(odd)


def test_what_is_wrong_is_drawn_at_its_place(lab: HoldingsLab) -> None:
    lab.write("h-kube", "daggy.env", f"ID=daggy\nSECRET={base64.b64encode(os.urandom(30)).decode()}\n")
    lab.commit()
    drawing = drawn(lab.perform(OPERATION))
    boxes = [drawing.master, drawing.elsewhere]
    for row in drawing.rows:
        boxes += [row.identity, *row.copies, *row.consumers]
    wrong = {(box.label, finding["rule"]) for box in boxes for _place, finding in box.findings}
    assert wrong == {("daggy.env", "sync-drifted-copy")}


@pytest.mark.parametrize("check", [[], ["--check"]], ids=["run", "check"])
def test_the_playbook_writes_reports_though_it_ends_in_a_failure(
    unserved_estate: EmbeddedEstate, tmp_path: Path, check: list[str]
) -> None:
    copy = unserved_estate.model.identity("daggy").copies[0]
    assert copy.secret_key.key
    unserved_estate.set(copy.repository, copy.file, copy.secret_key.key, base64.b64encode(os.urandom(30)).decode())
    unserved_estate.commit(copy.repository, "By hand")
    reports = [{"format": format, "path": f"{tmp_path}/{{{{ inventory_hostname }}}}.{format}"} for format in FORMATS]
    done = run_playbook(unserved_estate, "audit.yml", "-e", json.dumps({"reports": reports}), *check)
    assert done.code == 2, done.output
    assert done.stats["lotus-lake"]["changed"] == 0
    read = json.loads((tmp_path / "lotus-lake.json").read_text())
    assert ("sync-drifted-copy", "daggy") in {(one["rule"], one["where"]["identity"]) for one in read["findings"]}
    cases = list(ET.parse(tmp_path / "lotus-lake.junit").iter("testcase"))
    assert len(cases) == len(RULES)
    assert all(f"lotus-lake.{format}" in done.output for format in FORMATS)
