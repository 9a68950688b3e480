# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTML report as a person has it in a browser."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.audit.reports import FORMATS
from ansible_collections.lotus_lake.secrets.tests.browser.conftest import Open
from ansible_collections.lotus_lake.secrets.tests.fixtures import audit_results, chromium
from ansible_collections.lotus_lake.secrets.tests.fixtures.audit_results import found
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

LOOKS = [*itertools.product([False, True], [1440, 480])]
"""Light and dark, wide and narrow."""


@pytest.fixture
def results() -> dict[str, Any]:
    """Findings of each severity at each kind of part, one suppressed, one that is part of nothing."""
    drifted: dict[str, Any] = {
        "repository": "lotus-lake",
        "file": "daggy.env",
        "line": 2,
        "key": "data.secret_key",
        "identity": "daggy",
    }
    made = audit_results.of_an_estate(
        found("sync-drifted-copy", "10 characters differ", **drifted),
        found("access-old-key", "LLOLD still signs in", repository="h-kube", file="s3.yaml", line=4, identity="etl"),
        found("age-overdue", "9 days too old", repository="h-kube", file="s3.yaml", identity="etl"),
        found("cluster-waits", "nobody tells it", resource="Deployment lake/web", identity="daggy"),
        found("sync-undeclared-identity", until="2027-01-31", repository="h-kube", file="s3.yaml", identity="grafana"),
        found("history-plain-secret", "data.password", repository="h-kube", file="old.yaml", commit="d34d9b9" * 5 + "00000"),
    )
    made["not_checked"] = [
        {"rule": "cluster-archiving", "reason": "no cluster"},
        {"rule": "access-refused", "reason": "no answer"},
    ]
    return made


@pytest.fixture(params=LOOKS, ids=[f"{'dark' if dark else 'light'}-{width}" for dark, width in LOOKS])
def look(request: pytest.FixtureRequest) -> dict[str, Any]:
    dark, width = request.param
    return {"dark": dark, "width": width}


def rules_shown(page: Page) -> list[str]:
    """The rules of the findings that can be seen, in their order."""
    return [
        text for row in page.locator("table.findings tbody tr:visible").all() if (text := row.locator("td >> nth=1").inner_text())
    ]


def test_axe_has_nothing_to_say(show: Open, results: dict[str, Any], look: dict[str, Any]) -> None:
    for page in (show(results, **look), show(audit_results.of_an_estate(), **look), show(audit_results.results(), **look)):
        answer = Axe().run(page)
        assert answer.violations_count == 0, answer.generate_report()


def test_the_page_is_no_wider_than_the_window(show: Open, look: dict[str, Any]) -> None:
    page = show(audit_results.results(), **look)
    assert page.evaluate("document.documentElement.scrollWidth") <= look["width"]


def test_dark_is_dark_and_light_is_light(show: Open, results: dict[str, Any]) -> None:
    lightness = [
        show(results, dark=dark).evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
        for dark in (False, True)
    ]
    assert min(lightness[0]) > 200
    assert max(lightness[1]) < 60


def test_what_is_wrong_is_red_at_its_place_and_leads_to_the_finding(show: Open, results: dict[str, Any]) -> None:
    page = show(results)
    red = page.evaluate("getComputedStyle(document.querySelector('.severity.error')).color")
    said = {}
    for box in page.locator(".box").all():
        said[box.locator("strong").inner_text()] = [
            box.evaluate("box => getComputedStyle(box).borderTopColor") == red,
            box.locator(".wrong li").all_inner_texts(),
        ]
    assert said == {
        "s3.yaml": [False, []],
        "daggy": [False, []],
        "daggy.yaml": [False, []],
        "daggy.env": [True, ["error sync-drifted-copy"]],
        "Deployment worker": [False, []],
        "Deployment web": [False, ["note cluster-waits"]],
        "etl": [True, ["error access-old-key", "warning age-overdue"]],
        "etl.yaml": [False, []],
        "Deployment etl": [False, []],
        "backup": [False, []],
        "backup.yaml": [False, []],
        "Elsewhere": [True, ["error history-plain-secret"]],
    }
    page.get_by_role("link", name="sync-drifted-copy").first.click()
    assert page.locator("tr:target").inner_text().startswith("error")
    assert "10 characters differ" in page.locator("tr:target").inner_text()


def test_it_is_drawn_from_the_master_to_the_consumers(show: Open, results: dict[str, Any]) -> None:
    page = show(results)

    def sides(name: str) -> tuple[float, float]:
        box = page.locator(".box", has=page.get_by_text(name, exact=True)).bounding_box()
        assert box
        return box["x"], box["x"] + box["width"]

    chain = [side for name in ("s3.yaml", "daggy", "daggy.env", "Deployment web") for side in sides(name)]
    assert chain == sorted(chain)
    assert sides("daggy") == sides("etl")


def test_every_link_leads_somewhere_and_no_place_is_there_twice(show: Open, results: dict[str, Any]) -> None:
    page = show(results)
    places = page.evaluate("[...document.querySelectorAll('[id]')].map(one => one.id)")
    links = page.evaluate("[...document.querySelectorAll('a')].map(one => one.getAttribute('href'))")
    assert len(places) == len(set(places))
    assert {link.removeprefix("#") for link in links} <= set(places)
    assert len(links) > 10


def test_findings_are_filtered_by_words_and_kind(show: Open, results: dict[str, Any]) -> None:
    page = show(results)
    said = page.locator("form output")
    assert said.inner_text() == "6 of 6 shown"
    search = page.get_by_label("Search")
    search.fill("S3.yaml ETL")
    assert rules_shown(page) == ["access-old-key", "age-overdue"]
    assert said.inner_text() == "2 of 6 shown"
    page.get_by_label("error").uncheck()
    assert rules_shown(page) == ["age-overdue"]
    search.fill("")
    page.get_by_label("suppressed").uncheck()
    assert rules_shown(page) == ["age-overdue", "cluster-waits"]
    search.press("Enter")
    assert rules_shown(page) == ["age-overdue", "cluster-waits"]


def test_a_link_to_a_finding_that_is_filtered_out_shows_it(show: Open, results: dict[str, Any]) -> None:
    page = show(results)
    page.get_by_label("Search").fill("nothing has this")
    assert rules_shown(page) == []
    page.locator(".box").get_by_role("link", name="age-overdue").click()
    assert page.locator("tr:target:visible").count() == 1
    assert page.locator("form output").inner_text() == "6 of 6 shown"


def test_findings_are_sorted_by_any_column_with_the_keyboard_too(show: Open, results: dict[str, Any]) -> None:
    page = show(results)
    as_they_came = rules_shown(page)
    assert [row["rule"] for row in results["findings"]] == as_they_came
    page.get_by_role("button", name="Rule").click()
    assert rules_shown(page) == sorted(as_they_came)
    assert page.locator("table.findings th[aria-sort=ascending]").inner_text().startswith("Rule")
    page.get_by_role("button", name="Rule").press("Enter")
    assert rules_shown(page) == sorted(as_they_came, reverse=True)
    page.get_by_role("button", name="What is wrong").press("Space")
    assert rules_shown(page)[:2] == ["age-overdue", "sync-drifted-copy"], "9 is less than 10"
    page.get_by_role("button", name="Severity").click()
    assert rules_shown(page) == as_they_came
    assert page.locator("th[aria-sort]").count() == 1


def test_without_javascript_all_is_there_the_worst_first(show: Open, results: dict[str, Any]) -> None:
    page = show(results, javascript=False)
    assert rules_shown(page) == [one["rule"] for one in results["findings"]]
    assert page.locator("form:visible, button:visible").count() == 0
    assert page.locator(".box:visible").count() == 12
    assert page.locator("#rules").locator("xpath=..").locator("tbody tr:visible").count() == len(results["rules"])


def test_on_paper_it_is_light_complete_and_without_controls(show: Open, results: dict[str, Any]) -> None:
    page = show(results, dark=True)
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator("form:visible").count() == 0
    # a sheet of A4 with margins of 1 cm, upright and across
    for width in (718, 1046):
        page.set_viewport_size({"width": width, "height": 900})
        outside = "[...document.querySelectorAll('body *')].filter(one => one.getBoundingClientRect().right > innerWidth + 1)"
        assert page.evaluate(f"{outside}.map(one => one.className + one.textContent.slice(0, 40))") == []
    printed = page.pdf(format="A4", margin={"top": "1cm", "right": "1cm", "bottom": "1cm", "left": "1cm"})
    assert printed.startswith(b"%PDF-")


def test_ages_are_shown_against_the_policy(show: Open, results: dict[str, Any]) -> None:
    page = show(results)
    rows = page.locator("section", has=page.locator("#ages")).locator("tbody tr")
    assert [re.split(r"\s*\t\s*", row.inner_text()) for row in rows.all()] == [
        ["daggy", "current", "LLDAGGY", "12d", "of 90d, 78d left"],
        ["etl", "current", "LLETL", "95d", "of 90d, overdue by 5d"],
        ["backup", "current", "LLBACKUP", "unknown", "of 90d"],
    ]
    filled = rows.locator("rect.filled")
    assert [one.get_attribute("width") for one in filled.all()] == ["26", "200"]
    assert [one.evaluate("one => one.closest('.overdue') !== null") for one in filled.all()] == [False, True]


def test_what_was_not_checked_has_its_reason_and_is_no_success(show: Open, results: dict[str, Any]) -> None:
    page = show(results)
    rows = page.locator("table.reasons tbody tr").all_inner_texts()
    assert rows == ["no cluster\tcluster-archiving", "no answer\taccess-refused"]
    outcome = page.locator("#rule-access-refused td >> nth=1").inner_text()
    assert outcome == "not checked"
    assert page.locator("#rule-sync-undeclared-identity td >> nth=1").inner_text() == "1 suppressed"
    assert page.locator("#rule-sync-gone td >> nth=1").inner_text() == "nothing found"


def test_a_sound_estate_has_nothing_red(show: Open) -> None:
    page = show(audit_results.of_an_estate())
    assert page.get_by_text("Nothing was found.").is_visible()
    assert page.locator(".error, .warning, .note, form").count() == 0
    assert page.title() == "Audit of lake: 0 errors, 0 warnings, 0 notes, 0 not checked"


def test_names_and_messages_are_shown_as_they_are(show: Open) -> None:
    page = show(audit_results.results())
    seen = audit_results.SEEN
    cells = page.locator("table.findings tbody tr >> nth=0").locator("td")
    assert cells.nth(3).evaluate("cell => cell.textContent") == seen
    on_one_line = seen.replace("\n", "\\n")
    assert cells.nth(2).evaluate("cell => cell.textContent") == f"h-kube:{on_one_line}:3 {on_one_line} ({on_one_line})"
    assert page.locator(".identities > li > .box strong >> nth=0").evaluate("one => one.textContent") == seen


@pytest.mark.parametrize(
    "named",
    [
        "<script>console.log('it ran')</script>",
        "</style></title><script>console.log('it ran')</script>",
        '"><img src=x onerror="console.log(\'it ran\')">',
        "' onclick='console.log(1)' x='",
        "javascript:console.log(1)",
    ],
)
def test_a_name_is_no_markup(show: Open, results: dict[str, Any], named: str) -> None:
    elements = show(results).locator("*").count()
    results["findings"][0] |= {
        "what": named,
        "mend": named,
        "where": {**results["findings"][0]["where"], "file": named, "key": named},
    }
    results["identities"][0] |= {"name": named, "access_key_id": named}
    page = show(results)
    assert abs(page.locator("*").count() - elements) < 10
    assert page.locator("img, [onclick], script").count() == 1
    assert page.get_by_role("cell", name=named, exact=True).count() >= 2


def test_the_browser_refuses_any_other_script(browser: Browser, results: dict[str, Any], tmp_path: Path) -> None:
    said: list[str] = []
    injected = FORMATS["html"](results, "lake").replace("</main>", "<script>document.title = 'it ran'</script></main>")
    (tmp_path / "report.html").write_text(injected)
    page = chromium.opened(browser, tmp_path / "report.html", said.append)
    assert page.title().startswith("Audit of lake")
    assert any("Content Security Policy" in line for line in said)
    assert page.locator("form output").inner_text() == "6 of 6 shown"
    page.context.close()


def test_thousands_of_findings_can_be_filtered_and_sorted(show: Open) -> None:
    many = [
        found("encryption-plain-secret", f"value {number}", repository="h-kube", file=f"{number}.yaml") for number in range(3000)
    ]
    page = show(audit_results.of_an_estate(*many))
    page.get_by_label("Search").fill("value 2999")
    assert page.locator("table.findings tbody tr:visible").count() == 1
    page.get_by_label("Search").fill("")
    page.get_by_role("button", name="Where").click()
    page.get_by_role("button", name="Where").click()
    assert "2999.yaml" in page.locator("table.findings tbody tr >> nth=0").inner_text()
    assert page.locator(".box .wrong >> nth=0").inner_text().splitlines()[-1] == "and 2996 more"
