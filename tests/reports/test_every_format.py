"""What holds for every format: its output is safe whatever a name or message has in it, and never has a secret."""

from __future__ import annotations

import json
import re
import unicodedata
from html.parser import HTMLParser
from xml.etree import ElementTree

import jsonschema
import pytest
from markdown_it import MarkdownIt

from policypack.model import UNKNOWN, Place, Secret
from policypack.reports.json import schema
from policypack.reports.report import Report
from tests.reports.support import ALL_FORMATS, bucket, exempting, policy, run, written

pytestmark = pytest.mark.broad

HOSTILE = {
    "script": "<script>alert(1)</script>",
    "image": '"><img src=x onerror=alert(1)>',
    "cdata": "]]>",
    "comment": "--><b>bold</b><!--",
    "table": "a|b",
    "backticks": "``x```",
    "markup behind backticks": "`<img src=x>` @octocat",
    "link": "[click](javascript:alert(1))",
    "emphasis": "**bold** _it_ ~~no~~ $x$ \\",
    "mention": "@octocat fixes #1",
    "lines": "one\ntwo\r\nthree\u2028four",
    "command": "\n::error::injected",
    "escaped command": "%0A::error::injected",
    "legacy command": "##[error]injected",
    "template": "{{ 7 * 7 }}{% raw %}",
    "override": "\u202egnp.exe",
    "mark": "\u200fright\u061c",
    "surrogate": "\ud800",
    "controls": "\x00\x07\x0b\x1b[31m\x7f\x85",
    "no characters": "\ufffe\uffff",
    "markup": "[red]text[/red] :smile:",
    "large": "x" * 5_000_000,
}
UNSAFE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class Elements(HTMLParser):
    """The elements of an HTML document, and the text of each script."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))


def hostile(text: str) -> Report:
    """A report with a stranger's text wherever there can be one."""
    one, two, three = (bucket(text, acl="x"), bucket(f"b {text}", acl=UNKNOWN), bucket(f"c {text}", acl="x"))
    exemption = {"reason": text, "match": [{"policies": ["is-wrong"], "targets": [three.urn]}]}
    return run(
        *(one, two, three),
        policies=[policy("is-wrong", "acl of NAME is wrong.\nNAME is.")],
        config={"exemptions": {"exemptions": [exemption]}} if len(text) < 1000 else {},
        places={text: Place(f"src/{text}.py", 3)},
        source=text,
        preset=text,
        notes=(text,),
    )


@pytest.mark.parametrize("format_", ALL_FORMATS)
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_name_stays_text(text: str, format_: str) -> None:
    made = written(format_, hostile(text))
    assert len(made) < 1_000_000
    own = re.sub(r"<script>.*?</script>|<style>.*?</style>", "", made, flags=re.DOTALL) if format_ == "html" else made
    found = [unicodedata.name(char, repr(char)) for char in set(UNSAFE.findall(own))]
    assert not found
    CHECKS[format_](own, made)


def check_text(own: str, made: str) -> None:
    assert "Checked 3 resources" in own


def check_json(own: str, made: str) -> None:
    jsonschema.validate(json.loads(own), schema(), format_checker=jsonschema.FormatChecker())


def check_sarif(own: str, made: str) -> None:
    for result in json.loads(own)["runs"][0]["results"]:
        [location] = result["locations"]
        assert re.fullmatch(r"[\w./~%-]+", location["physicalLocation"]["artifactLocation"]["uri"])


def check_junit(own: str, made: str) -> None:
    tags = {element.tag for element in ElementTree.fromstring(own).iter()}
    assert tags <= {"testsuites", "testsuite", "testcase", "failure", "skipped", "error", "system-out"}


def check_github(own: str, made: str) -> None:
    lines = own.splitlines()
    assert [line.split(" ")[0] for line in lines] == ["::error", "::warning", "::error"] or len(lines) == 4
    assert all(re.match(r"::(error|warning|notice) [^:]*::[^:]", line) for line in lines)


def check_markdown(own: str, made: str) -> None:
    assert len(own) < 65_536
    html = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(own)
    allowed = {"details", "summary", "code", "strong", "p", "ul", "li", "br", "a", "h3"}
    elements = Elements(html).elements
    assert {tag for tag, _ in elements} <= allowed | {"table", "thead", "tbody", "tr", "th", "td"}
    links = {attributes["href"] for tag, attributes in elements if tag == "a"}
    assert links <= {
        "https://example.com/buckets",
        *("https://www.pulumi.com/docs/iac/concepts/inputs-outputs/",),
        *("https://www.pulumi.com/docs/discovery-governance/concepts/policy-as-code/policy-exceptions/",),
    }
    # What stands within code is no mention.
    prose = re.sub(r"<code>.*?</code>", "", html, flags=re.DOTALL)
    assert not re.search(r"[@#]\w", re.sub(r"&#\w+;", "", prose))


def check_html(own: str, made: str) -> None:
    elements = Elements(made).elements
    assert [attributes.get("type") for tag, attributes in elements if tag == "script"] == ["application/json", None]
    assert not [tag for tag, _ in elements if tag in ("img", "b", "strong", "iframe", "object")]
    assert not [name for _, attributes in elements for name in attributes if name.startswith("on")]
    links = [attributes["href"] for tag, attributes in elements if tag == "a"]
    assert all(re.match(r"https://|#", str(link)) for link in links)
    [policy_] = [a["content"] for tag, a in elements if tag == "meta" and "http-equiv" in a]
    assert "default-src 'none'" in str(policy_)
    json.loads(made.partition('id="graphs">')[2].partition("</script>")[0])


CHECKS = {
    "text": check_text,
    "json": check_json,
    "sarif": check_sarif,
    "junit": check_junit,
    "github": check_github,
    "markdown": check_markdown,
    "html": check_html,
}


@pytest.mark.parametrize("format_", ALL_FORMATS)
def test_secrets_are_never_written(format_: str) -> None:
    """Not even where a policy writes one into its message."""
    made = bucket("db", acl="x", password=Secret("hunter2-hunter2"), tags=Secret({"hunter2-key": "hunter2-value"}))
    leaks = policy("leaks", "the password is hunter2-hunter2.")
    report = run(made, policies=[leaks])
    assert report.findings
    assert "hunter2" not in written(format_, report)


@pytest.mark.parametrize("format_", ALL_FORMATS)
def test_several_reports_are_one_document(format_: str) -> None:
    one, two = run(bucket("first", acl="x"), source="a.json"), run(bucket("second", acl="x"), source="b.json")
    made = written(format_, one, two)
    for part in ("first", "second", "a.json", "b.json"):
        assert part in made


@pytest.mark.parametrize("format_", ALL_FORMATS)
def test_a_run_without_findings_is_a_report(format_: str) -> None:
    assert "No findings" in (made := written(format_, run(bucket("it", acl="x"), policies=[]))) or format_ == "json"
    assert "0.0%" not in made


@pytest.mark.parametrize("format_", ALL_FORMATS)
def test_a_run_that_ended_early_says_so(format_: str) -> None:
    report = run(bucket("it", acl="x"), is_complete=False)
    made = written(format_, report)
    assert "is-wrong" in made
    assert ('"isComplete": false' if format_ == "json" else "ended before the whole stack was known") in made


@pytest.mark.parametrize("format_", ALL_FORMATS)
def test_the_parts_of_a_finding_are_there(format_: str) -> None:
    places = {"it": Place("infra/main.py", 7)}
    made = written(format_, run(bucket("it", acl="x"), config=exempting("it", expires="2026-01-01"), places=places))
    for part in ("acl of it is wrong.", "Set acl to private.", "https://example.com/buckets", "infra/main.py"):
        assert part in made
    assert "agreed" in made
    assert "2026-01-01" in made
