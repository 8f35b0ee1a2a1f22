"""The HTML report in a real browser. The screenshots stay in artifacts/: look at them after a change."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from policypack.reports.report import Report
from policypack.testing import ref
from tests.reports.support import bucket, exempting, policy, run, written
from tests.reports.test_every_format import HOSTILE, hostile
from tools.report_examples import ROOT
from tools.report_examples import report as example

pytestmark = pytest.mark.slow

ARTIFACTS = ROOT / "artifacts"
EXAMPLE = example()
VIEWS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light", "viewport": {"width": 1280, "height": 900}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1280, "height": 900}},
    "phone": {"color_scheme": "light", "viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
}


class Opened:
    """A page, and what went wrong on it."""

    def __init__(self, browser: Browser, folder: Path, *reports: Report, **view: Any) -> None:
        file = folder / "report.html"
        file.write_text(written("html", *reports), encoding="utf-8")
        self.address = file.as_uri()
        self.trouble: list[str] = []
        self.page: Page = browser.new_page(reduced_motion="reduce", **(view or VIEWS["light"]))
        self.page.on("console", lambda message: self.trouble.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.trouble.append(str(error)))
        self.page.on("dialog", lambda dialog: self.trouble.append("a dialog"))
        self.page.on("request", lambda request: self._requested(request.url))
        self.page.goto(self.address)

    def _requested(self, url: str) -> None:
        if url != self.address:
            self.trouble.append(f"a request: {url}")

    def choose(self, key: str, option: str) -> None:
        """Chooses an option of a filter of the table, by its value or by what it reads."""
        self.page.locator(f"select[data-filter={key}]").select_option(option)

    def rows(self) -> list[str]:
        """The policies of the rows that are shown."""
        return self.page.locator("#table tbody:visible .toggle").all_inner_texts()


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Opened]:
    made = Opened(browser, tmp_path, EXAMPLE)
    yield made
    assert not made.trouble
    made.page.close()


@pytest.mark.parametrize("view", VIEWS)
def test_it_is_readable_and_accessible(browser: Browser, tmp_path: Path, view: str) -> None:
    opened = Opened(browser, tmp_path, EXAMPLE, **VIEWS[view])
    page = opened.page
    page.locator(".toggle").first.click()
    page.locator(".to-graph:visible").first.click()
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    # Nothing is wider than the screen.
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTIFACTS / f"html-report-{view}.png", full_page=True)
    assert not opened.trouble
    page.close()


def test_filters_and_search_show_what_fits(opened: Opened) -> None:
    page = opened.page
    every = opened.rows()
    assert len(every) > 10
    opened.choose("severity", "critical")
    assert set(opened.rows()) == {"alb-https-listener", "security-group-ingress"}
    page.locator("#search").fill("PORT 22")
    assert opened.rows() == ["security-group-ingress"]
    expect(page.locator("#shown-count")).to_have_text(f"1 of {len(every)} entries")
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#shown-count")).to_have_text(f"{len(every)} entries")
    opened.choose("level", "exempted")
    assert opened.rows() == ["s3-mfa-delete"]


def test_a_bar_filters_the_table(opened: Opened) -> None:
    bar = opened.page.get_by_role("button", name="logs 2")
    bar.click()
    assert set(opened.rows()) == {"logs-kms", "logs-retention"}
    expect(bar).to_have_attribute("aria-pressed", "true")
    bar.click()
    assert len(opened.rows()) > 10


def test_a_finding_leads_to_its_resource_and_back(opened: Opened) -> None:
    page = opened.page
    page.get_by_role("button", name="rds-instance-class").click()
    details = page.locator(".details:visible")
    for part in ("Fix", "Reason", "Set instanceClass to", "__main__.py:", "urn:pulumi:dev::loan-platform::"):
        expect(details).to_contain_text(part)
    details.get_by_role("button", name="Show database in the graph").click()
    node = page.locator("#graph .node.chosen")
    expect(node).to_be_focused()
    expect(node).to_have_attribute("aria-label", "database, aws:rds/instance:Instance: 1 finding, the worst high")
    opened.choose("severity", "critical")
    page.locator("#selected").get_by_role("link", name="rds-instance-class").click()
    expect(page.get_by_role("button", name="rds-instance-class")).to_be_focused()
    assert len(opened.rows()) > 10, "a filter that hides the finding is lifted"


def test_it_is_used_by_keyboard(opened: Opened) -> None:
    page = opened.page
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the findings")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("#search")).to_be_focused()
    first = page.locator(".toggle").first
    first.focus()
    page.keyboard.press("Enter")
    expect(first).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    chosen = page.locator("#graph .node.chosen")
    expect(chosen).to_be_focused()
    before = chosen.get_attribute("id")
    page.keyboard.press("ArrowRight")
    expect(chosen).to_be_focused()
    assert chosen.get_attribute("id") != before
    transform = page.locator("#graph > g").get_attribute("transform")
    page.keyboard.press("+")
    assert page.locator("#graph > g").get_attribute("transform") != transform
    page.keyboard.press("Escape")
    assert chosen.count() == 0


def test_a_graph_of_500_resources_is_moved_and_zoomed(browser: Browser, tmp_path: Path) -> None:
    resources = [bucket("b-0", acl="x")]
    for number in range(1, 500):
        resources.append(bucket(f"b-{number}", acl="x" if number % 7 else None, from_=ref(resources[number // 3])))
    report = run(*resources, policies=[policy("is-wrong", "acl is wrong.")], config=exempting("b-9"))
    opened = Opened(browser, tmp_path, report)
    page = opened.page
    assert page.locator("#graph .node").count() == 500
    canvas = page.locator("#graph > g")
    seen = [canvas.get_attribute("transform")]
    page.locator("#graph").scroll_into_view_if_needed()
    page.locator("#graph").hover()
    page.mouse.wheel(0, -300)
    seen.append(canvas.get_attribute("transform"))
    page.mouse.down()
    page.mouse.move(400, 300, steps=3)
    page.mouse.up()
    seen.append(canvas.get_attribute("transform"))
    page.get_by_role("button", name="Zoom in").click()
    seen.append(canvas.get_attribute("transform"))
    assert len(set(seen)) == 4
    page.locator("#graph-search").fill("b-321")
    page.locator("#graph-search").press("Enter")
    expect(page.locator("#selected h3")).to_have_text("b-321")
    expect(page.locator("#selected a")).to_have_text("is-wrong")
    page.get_by_role("button", name="Show all").click()
    page.locator("#graph-section").screenshot(path=ARTIFACTS / "html-report-500.png")
    assert not opened.trouble
    page.close()


def test_two_stacks_have_a_graph_each(browser: Browser, tmp_path: Path) -> None:
    opened = Opened(browser, tmp_path, EXAMPLE, run(bucket("other", acl="x"), source="other.json"))
    page = opened.page
    opened.choose("report", "test/dev (other.json)")
    assert opened.rows() == ["is-wrong"]
    page.get_by_role("button", name="is-wrong").click()
    page.get_by_role("button", name="Show other in the graph").click()
    expect(page.locator("#selected h3")).to_have_text("other")
    assert page.locator("#graph .node").count() == 1
    assert not opened.trouble
    page.close()


def test_hostile_names_run_nothing(browser: Browser, tmp_path: Path) -> None:
    names = [text for text in HOSTILE.values() if len(text) < 1000]
    opened = Opened(browser, tmp_path, *map(hostile, names))
    for toggle in opened.page.locator(".toggle").all()[:10]:
        toggle.click()
    assert opened.page.locator("img, b").count() == 0
    assert not opened.trouble
    opened.page.close()
