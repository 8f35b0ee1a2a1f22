"""The page about many stacks in a real browser. The screenshots stay in artifacts/: look at them after a change."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from policypack.fleet.dataset import DataSet, Row, Run, part_of
from policypack.fleet.schema import FINDINGS, STACKS
from policypack.pack import PACK
from tests.cli.driver import main

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
STACK_COUNT = 2_000
HOSTILE = '<img src=x onerror="alert(1)"></script><script>alert(2)</script>'
EMPTY = {"string": "", "int64": 0, "bool": False, "date32[day]": None}


def row(schema: Any, **values: Any) -> Row:
    made = {name: EMPTY.get(str(type_), []) for name, type_ in zip(schema.names, schema.types, strict=True)}
    return {**made, **values}


def write_run(data: DataSet, day: int, level: str) -> None:
    """A run over many stacks, of which each has more findings than the one before, up to a number."""
    moment = datetime(2026, 11, day, tzinfo=UTC)
    run = Run(1, f"2026-11-{day:02}", "0.1.0", "digest", "", "owner", ["s3://states"], moment, ended=moment)
    stacks, findings = defaultdict(list), defaultdict(list)
    for number in range(STACK_COUNT):
        name = HOSTILE if number == 7 else f"project-{number:04}"
        state = f"s3://states#{name}/dev"
        part = part_of(state)
        about = {"state": state, "project": name, "stack": "dev"}
        for index in range(number % 20):
            policy = PACK.policies[(number + index * 7) % len(PACK.policies)]
            said = {"policy": policy.id, "concern": policy.concern, "severity": policy.severity, "level": level}
            found = {"controls": list(policy.frameworks), "owner": f"team-{number % 9}", "fingerprint": f"{index}"}
            findings[part].append(row(FINDINGS, **about, **said, **found, first_seen=date(2026, 11, 1)))
        counts = {"resources": 100, level: number % 20}
        stacks[part].append(row(STACKS, **about, status="checked", checked_on=date(2026, 11, day), **counts))
    for part in stacks:
        data.write(run, part, stacks[part], findings[part])
    data.write_run(run)


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    write_run(DataSet(folder / "data"), 1, "advisory")
    write_run(DataSet(folder / "data"), 2, "mandatory")
    assert main("fleet-report", folder / "data", "--format", "html", "--output", folder / "page.html") == 0
    return folder / "page.html"


class Opened:
    """The page, and what went wrong on it."""

    def __init__(self, browser: Browser, file: Path, **view: Any) -> None:
        self.address = file.as_uri()
        self.trouble: list[str] = []
        self.page: Page = browser.new_page(**view)
        self.page.on("console", lambda message: self.trouble.append(message.text))
        self.page.on("pageerror", lambda error: self.trouble.append(str(error)))
        self.page.on("dialog", lambda dialog: self.trouble.append("a dialog"))
        self.page.on("request", lambda request: self._requested(request.url))
        self.page.goto(self.address)

    def _requested(self, url: str) -> None:
        if url != self.address:
            self.trouble.append(url)


@pytest.mark.parametrize(
    ("name", "view"),
    [
        ("light", {"color_scheme": "light", "viewport": {"width": 1280, "height": 900}}),
        ("dark", {"color_scheme": "dark", "viewport": {"width": 1280, "height": 900}}),
        ("phone", {"color_scheme": "light", "viewport": {"width": 390, "height": 844}, "is_mobile": True}),
    ],
)
def test_the_page_is_accessible_and_asks_for_nothing(
    browser: Browser, page_file: Path, name: str, view: dict[str, Any]
) -> None:
    opened = Opened(browser, page_file, **view)
    expect(opened.page.locator("h1")).to_have_text("1,900 of 2,000 stacks would be stopped.")
    (ROOT / "artifacts").mkdir(exist_ok=True)
    opened.page.screenshot(path=ROOT / "artifacts" / f"fleet-{name}.png")
    assert opened.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    # The thousands of rows of the longest tables are alike, and would take a minute.
    opened.page.evaluate(
        "document.querySelectorAll('tbody').forEach(body => body.replaceChildren(...[...body.rows].slice(0, 30)))"
    )
    results = Axe().run(opened.page)
    assert results.violations_count == 0, results.generate_report()
    assert opened.trouble == []
    opened.page.close()


def test_tables_are_searched_and_sorted(browser: Browser, page_file: Path) -> None:
    opened = Opened(browser, page_file)
    stacks = opened.page.get_by_role("region", name="Stacks, the worst first")
    first = stacks.locator("tbody tr:visible").first
    expect(first.locator("td").nth(1)).to_have_text("project-0019")
    stacks.get_by_role("button", name="state").click()
    expect(first.locator("td").nth(1)).to_have_text("project-1999")
    stacks.get_by_role("button", name="mandatory").click()
    expect(first.locator(".number").nth(1)).to_have_text("19")
    stacks.get_by_role("button", name="mandatory").click()
    expect(first.locator(".number").nth(1)).to_have_text("0")
    section = opened.page.locator("section", has=stacks)
    section.get_by_label("Find").fill("project-0042")
    expect(section.get_by_role("status")).to_have_text("1 of 2000")
    expect(stacks.locator("tbody tr:visible")).to_have_count(1)
    assert opened.trouble == []
    opened.page.close()


def test_the_map_tells_what_is_in_a_cell(browser: Browser, page_file: Path) -> None:
    opened = Opened(browser, page_file)
    canvas = opened.page.locator("#map")
    canvas.focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowDown"):
        opened.page.keyboard.press(key)
    cell = opened.page.locator("#cell")
    expect(cell).to_contain_text("s3://states#project-")
    expect(cell).to_contain_text("about")
    assert opened.page.evaluate("map => map.height / 5", canvas.element_handle()) == 1900
    opened.page.mouse.move(0, 0)
    before = cell.inner_text()
    canvas.hover(position={"x": 300, "y": 50})
    assert cell.inner_text() != before
    assert opened.trouble == []
    opened.page.close()
