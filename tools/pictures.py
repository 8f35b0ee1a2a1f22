"""
Makes the pictures of the README and docs/formats/ from the recorded preview of examples/loan-platform: how its findings
annotate a pull request, and its HTML report.

    python -m tools.pictures    needs Chromium: python -m tools.browser
"""

from __future__ import annotations

import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from jinja2 import Environment
from playwright.sync_api import sync_playwright

from tools import browser
from tools.report_examples import FOLDER, ROOT, rendered, report

ANNOTATED: Final = ROOT / "docs" / "pull-request.png"
HTML_REPORT: Final = FOLDER.parent / "html-report.jpg"
_PROGRAM: Final = ROOT / "examples" / "loan-platform" / "faulty" / "__main__.py"
SHOWN: Final = ((57, 65), (200, 207))
"""The lines of the program that are shown, first and last of each part."""
_COMMAND: Final = re.compile(r"::(error|warning) file=__main__\.py,line=(\d+),title=([^:]*)::(.*)")
_PAGE: Final = """\
<!doctype html>
<meta charset="utf-8">
<style>
  :root { --mono: "DejaVu Sans Mono", monospace; --sans: system-ui, "DejaVu Sans", sans-serif; }
  body { margin: 0; padding: 16px; width: 948px; background: #fff; color: #1f2328; font: 14px/1.5 var(--sans); }
  .file { border: 1px solid #d1d9e0; border-radius: 6px; overflow: hidden; }
  .name { padding: 8px 12px; background: #f6f8fa; border-bottom: 1px solid #d1d9e0; font: 600 12px/1.6 var(--mono); }
  table { width: 100%; border-collapse: collapse; font: 12px/20px var(--mono); }
  .part td { background: #ddf4ff; color: #59636e; padding: 2px 12px; }
  .code td { background: #dafbe1; white-space: pre; padding: 0 10px; }
  .code .number { width: 44px; background: #aceebb; color: #59636e; text-align: right; }
  .said td { padding: 8px 12px 8px 60px; border-block: 1px solid #d1d9e0; font: 13px/1.45 var(--sans); }
  .said div { border-left: 4px solid #cf222e; padding: 2px 12px; }
  .said p { margin: 2px 0; } .said .title { color: #cf222e; font-weight: 600; } .quiet { color: #59636e; }
</style>
<div class="file">
  <div class="name">__main__.py</div>
  <table>
    {% for first, last in shown %}
    <tr class="part"><td colspan="2">@@ -0,0 +{{ first }},{{ last - first + 1 }} @@</td></tr>
    {% for number in range(first, last + 1) %}
    <tr class="code"><td class="number">{{ number }}</td><td>+ {{ lines[number - 1] }}</td></tr>
    {% for each in annotations if each.line == number %}
    <tr class="said"><td colspan="2"><div>
      <p class="title">Check failure: {{ each.title }}</p>
      {% for line in each.message %}<p {{ 'class="quiet"' | safe if loop.last }}>{{ line }}</p>{% endfor %}
    </div></td></tr>
    {% endfor %}
    {% endfor %}
    {% endfor %}
  </table>
</div>
"""


@dataclass(frozen=True)
class Annotation:
    """What a workflow command says, and about which line."""

    line: int
    title: str
    message: list[str]


def read_annotations(commands: str) -> list[Annotation]:
    """What GitHub reads in the output of the format `github`."""
    return [
        Annotation(int(line), unquote(title), unquote(message).split("\n"))
        for _, line, title, message in _COMMAND.findall(commands)
    ]


def main() -> int:
    """Makes the pictures; the exit code."""
    path = browser.find()
    if path is None:
        print(f"tools.pictures: {browser.MISSING}", file=sys.stderr)
        return 1
    made = report()
    page = Environment(autoescape=True).from_string(_PAGE)
    pull_request = page.render(
        lines=_PROGRAM.read_text().splitlines(),
        shown=SHOWN,
        annotations=read_annotations(rendered("github", made)),
    )
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=browser.ARGUMENTS)
        for text, picture, width, scale in (
            (pull_request, ANNOTATED, 980, 1.0),
            (rendered("html", made, is_whole=True), HTML_REPORT, 1280, 0.65),
        ):
            file = Path(folder) / "page.html"
            file.write_text(text, encoding="utf-8")
            opened = launched.new_page(viewport={"width": width, "height": 800}, device_scale_factor=scale)
            opened.goto(file.as_uri())
            is_photo = picture.suffix == ".jpg"  # of a long page, it takes a third of the room
            opened.locator("body").screenshot(
                path=picture, type="jpeg" if is_photo else "png", quality=75 if is_photo else None
            )
            print(f"{picture.relative_to(ROOT)}: {picture.stat().st_size:,} bytes")
        launched.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
