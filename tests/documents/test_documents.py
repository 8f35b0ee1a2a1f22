"""Files about stacks that the real CLI wrote (tools/documents.py), as the model that policies look at."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from policypack.documents import Document, DocumentError, read
from policypack.documents.reading import parse
from policypack.model import UNKNOWN, Place, Program, Resource
from tests.support import SilentProgram
from tools.documents import DATA, SECRETS

ALL = ["preview-of-new", "preview", "plan-of-new", "plan", "export", "export-with-secrets", "state"]
PLANNED = ["preview-of-new", "preview", "plan-of-new", "plan"]
OF_EXISTING = ["preview", "plan", "export", "export-with-secrets", "state"]


def recorded(name: str) -> Document:
    return read(str(next(DATA.glob(f"{name}.json*"))))


def content(name: str) -> Any:
    return json.loads((DATA / f"{name}.json").read_text())


def parsed(document: Any) -> Document:
    return parse(json.dumps(document).encode())


def named(document: Document, name: str, type_: str = "") -> Resource:
    [found] = [each for each in document.resources if each.name == name and each.type.startswith(type_)]
    return found


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("preview", "pulumi preview --json"),
        ("plan", "pulumi preview --save-plan"),
        ("export", "pulumi stack export"),
        ("state", "state file of a self-managed backend"),
    ],
)
def test_a_file_tells_itself_what_it_is(name: str, kind: str) -> None:
    assert recorded(name).kind == kind


@pytest.mark.parametrize("name", ALL)
def test_every_kind_of_file_shows_the_same_stack(name: str) -> None:
    document = recorded(name)
    assert (document.context.project, document.context.stack) == ("shop", "dev")
    assert document.context.dry_run == (name in PLANNED)
    assert sorted((each.type, each.name) for each in document.resources) == [
        ("aws:kms/key:Key", "key"),
        ("aws:rds/instance:Instance", "orders"),
        ("aws:s3/bucket:Bucket", "adopted"),
        ("aws:s3/bucket:Bucket", "documents"),
        ("aws:s3/bucket:Bucket", "elsewhere"),
        ("aws:s3/bucketVersioning:BucketVersioning", "shared"),
        ("pulumi:providers:aws", "default_7_51_1"),
        ("pulumi:providers:aws", "frankfurt"),
        ("pulumi:pulumi:Stack", "shop-dev"),
        ("shop:index:Database", "orders"),
    ], "a bucket that is only read is none of the program's"


@pytest.mark.parametrize("name", ALL)
def test_inputs_are_what_the_program_asked_for(name: str) -> None:
    document = recorded(name)
    key, versioning = named(document, "key"), named(document, "shared")
    assert key.get("enableKeyRotation").is_false
    assert key.get("description").text == "Orders"
    assert key.get("multiRegion").is_absent, "the provider's answer is no input"
    assert versioning.get("versioningConfiguration.status").text == "Suspended"
    assert named(document, "documents").options.protect
    assert not named(document, "elsewhere").options.protect


@pytest.mark.parametrize("name", ALL)
def test_each_resource_has_its_provider_and_region(name: str) -> None:
    document = recorded(name)
    regions = {each.name: each.region for each in document.resources if each.type == "aws:s3/bucket:Bucket"}
    assert regions == {"adopted": "eu-west-1", "documents": "eu-west-1", "elsewhere": "us-west-2"}
    assert named(document, "key").region == "eu-central-1"
    [tags] = {
        each.provider.get("defaultTags").text for each in document.resources if each.provider and each.name == "key"
    }
    assert json.loads(tags) == {"tags": {"Owner": "platform"}}
    default = named(document, "documents").provider
    assert default is not None
    assert json.loads(default.get("defaultTags").text) == {"tags": {"Owner": "shop"}}


@pytest.mark.parametrize("name", ALL)
def test_relations_are_those_of_the_program(name: str) -> None:
    document = recorded(name)
    database = named(document, "orders", "aws:")
    key = named(document, "key")
    assert database.property_dependencies == {"kmsKeyId": (key.urn,)}
    assert database.dependencies == (key.urn,)
    assert database.parent == named(document, "orders", "shop:").urn


@pytest.mark.parametrize("name", ALL)
def test_a_secret_is_secret_and_there_whether_it_is_hidden_or_not(name: str) -> None:
    document = recorded(name)
    shows = name in ("export-with-secrets", "plan-of-new")
    password = named(document, "orders", "aws:").get("password")
    access_key = named(document, "frankfurt").get("accessKey")
    for value, key in ((password, "shop:password"), (access_key, "shop:accessKey")):
        assert value.is_secret
        assert not value.is_absent
        assert value.text == (SECRETS[key] if shows else "")
        assert value.is_unknown != shows
    assert not any(secret in repr(document) for secret in SECRETS.values())


@pytest.mark.parametrize("name", ["preview-of-new", "plan-of-new"])
def test_outputs_of_what_is_created_are_unknown(name: str) -> None:
    document = recorded(name)
    key, database = named(document, "key"), named(document, "orders", "aws:")
    assert key.output("arn").is_unknown
    assert key.output("id").is_unknown
    assert database.get("kmsKeyId").raw is UNKNOWN


@pytest.mark.parametrize("name", OF_EXISTING)
def test_outputs_of_what_exists_are_known(name: str) -> None:
    document = recorded(name)
    arn = named(document, "key").output("arn").text
    assert arn.startswith("arn:aws:kms:eu-central-1:")
    assert named(document, "orders", "aws:").get("kmsKeyId").text == arn
    assert named(document, "adopted").output("arn").text == "arn:aws:s3:::shop-adopted"


@pytest.mark.parametrize("name", ALL)
def test_the_stack_s_outputs_are_known_where_the_file_has_them(name: str) -> None:
    root = named(recorded(name), "shop-dev")
    if name.startswith("preview"):
        assert root.outputs is None
    else:
        assert sorted(root.outputs or {}) == ["documents", "password"]
        assert root.output("password").is_secret


@pytest.mark.parametrize("name", PLANNED)
def test_config_is_known_but_for_secrets(name: str) -> None:
    context = recorded(name).context
    assert sorted(context.config) == ["aws:defaultTags", "aws:region"]
    assert json.loads(context.config["aws:defaultTags"]) == {"tags": {"Owner": "shop"}}
    assert context.config_secret_keys == SECRETS.keys()


@pytest.mark.parametrize("name", ["preview-of-new", "preview", "export", "state"])
def test_places_are_the_program_s_own_lines(name: str) -> None:
    document = recorded(name)
    places = {each.name: document.places.get(each.urn) for each in document.resources if each.type.startswith("aws:")}
    lines = (DATA.parent / "program" / "__main__.py").read_text().splitlines()
    assert places["key"] == Place("__main__.py", 1 + lines.index("key = aws.kms.Key("))
    assert places["orders"] == Place("database.py", 12), "the innermost line, and not the component's"
    provider = document.places[named(document, "frankfurt").urn]
    assert provider == Place("__main__.py", 1 + lines.index("frankfurt = aws.Provider(")), "not the SDK's line"
    assert named(document, "shop-dev").urn not in document.places, "only libraries make the stack"


def test_the_program_is_found_by_the_project_s_name() -> None:
    asked: list[str] = []

    def program_of(project: str) -> Program | None:
        asked.append(project)
        return SilentProgram()

    document = read(str(DATA / "preview.json"), program_of)
    assert asked == ["shop"]
    assert isinstance(document.context.program, SilentProgram)


# What a file leaves undecided


def test_a_preview_that_leaves_out_what_does_not_change_is_refused() -> None:
    with pytest.raises(DocumentError, match=r"leaves out 7 resources .* run `pulumi preview --json --show-sames`"):
        recorded("preview-of-changes")


def test_a_preview_that_failed_is_refused() -> None:
    failed = content("preview") | {"diagnostics": [{"message": "error: preview failed", "severity": "error"}]}
    with pytest.raises(DocumentError, match="the preview failed"):
        parsed(failed)
    warned = content("preview") | {"diagnostics": [{"message": "warning: x", "severity": "warning"}]}
    assert parsed(warned).resources


def test_notes_say_what_is_not_told() -> None:
    assert "stack's outputs" in " ".join(recorded("preview").notes)
    assert "default provider of aws" in " ".join(recorded("preview").notes)
    assert "`pulumi stack export --show-secrets`" in " ".join(recorded("export").notes)
    assert recorded("export-with-secrets").notes == ()
    assert "Of 8 resources that exist already" in " ".join(recorded("plan").notes)
    assert "encrypted" not in " ".join(recorded("plan-of-new").notes)


# What interrupted updates leave


def exported(change: Callable[[dict[str, Any]], None]) -> Document:
    export = content("export")
    change(export["deployment"])
    return parsed(export)


def test_a_resource_that_is_to_be_deleted_is_not_the_program_s() -> None:
    def replaced(deployment: dict[str, Any]) -> None:
        [key] = [each for each in deployment["resources"] if each["type"] == "aws:kms/key:Key"]
        old = key | {"delete": True, "inputs": {"description": "Old"}}
        deployment["resources"].append(old)

    document = exported(replaced)
    assert named(document, "key").get("description").text == "Orders"
    assert document.notes[0].startswith("1 resource is not checked: already replaced")


def test_interrupted_operations_are_said() -> None:
    def interrupted(deployment: dict[str, Any]) -> None:
        resource = deployment["resources"][-1]
        deployment["pending_operations"] = [
            {"resource": resource, "type": kind} for kind in ("creating", "creating", "deleting")
        ]

    note, *_ = exported(interrupted).notes
    assert note.startswith("An update was interrupted (2 creating and 1 deleting): run `pulumi refresh`")


def test_a_stack_without_resources_is_one() -> None:
    empties: list[dict[str, Any]] = [
        {"version": 3, "deployment": {"manifest": {}}},
        {"version": 3, "deployment": None},
        {"version": 3, "checkpoint": {"latest": None}},
        {"steps": None},
        {"steps": []},
        {"manifest": {}, "resourcePlans": {}},
    ]
    for empty in empties:
        assert parsed(empty).resources == ()


def test_deleted_and_replaced_resources_of_a_preview() -> None:
    preview = content("preview")
    [step] = [each for each in preview["steps"] if each["urn"].endswith("::documents")]
    preview["steps"].append({"op": "delete", "urn": step["urn"], "oldState": step["newState"]})
    assert not [each for each in parsed(preview).resources if each.name == "documents"]
    preview["steps"][-1]["op"] = "delete-replaced"
    assert named(parsed(preview), "documents")


def test_unknown_keys_types_and_values_are_taken_as_they_are() -> None:
    def odd(deployment: dict[str, Any]) -> None:
        deployment["resources"].append(
            {
                "urn": "urn:pulumi:dev::shop::made:up/thing:Thing::x::y",
                "type": "made:up/thing:Thing",
                "ofTheFuture": {"a": 1},
                "inputs": {"a": [None, {"4dabf18193072939515e22adb298388d": "of the future"}], "b": 1e300},
                "outputs": None,
                "propertyDependencies": {"a": None},
            }
        )

    thing = named(exported(odd), "x::y")
    assert thing.get("a").raw == [None, UNKNOWN]
    assert thing.property_dependencies == {}


def test_deep_values_are_unknown() -> None:
    deep: Any = "x"
    for _ in range(150):
        deep = [deep]

    def nested(deployment: dict[str, Any]) -> None:
        deployment["resources"][-1]["inputs"] = {"deep": deep}

    value = exported(nested).resources[-1].get("deep").raw
    depth = 0
    while isinstance(value, list):
        [value] = value
        depth += 1
    assert (value, depth) == (UNKNOWN, 99)


# Files that are none


def test_what_cannot_be_read_is_said_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"^the file cannot be read: No such file or directory$"):
        read(str(tmp_path / "missing.json"))
    with pytest.raises(DocumentError, match=r"^the file cannot be read: Is a directory$"):
        read(str(tmp_path))


EXPORT = (DATA / "export.json").read_bytes()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "the file is empty"),
        (b" \n", "the file is empty"),
        (EXPORT[: len(EXPORT) // 2], "the file ends in the middle"),
        (gzip.compress(EXPORT, mtime=0)[:500], "compressed with gzip, and cut off or damaged"),
        (gzip.compress(b"", mtime=0), "the file is empty"),
        (b"\x1f\x8bno gzip", "compressed with gzip, and cut off or damaged"),
        (b"\x7fELF\0\0\0\1", "the file is binary"),
        (b"resources:\n  - a\n", "the file is not JSON"),
        (b'{"deployment": {"resources": [{"urn": "\xff", "type": "x"}]}}', "the file is not JSON"),
        (
            b'{"deployment": {"resources": [{"urn": "u", "type": "x", "inputs": {"a": "\xff"}}]}}',
            "the file is not JSON",
        ),
        (b"[]", "the file is not as Pulumi writes it"),
        (b'"text"', "the file is not as Pulumi writes it"),
        (b"{}", "the file is JSON, but not what `pulumi preview --json`"),
        (b'{"a": 1}\n{"b": 2}\n', "several JSON documents"),
        (b'{"steps": 1}', "the file is not as Pulumi writes it"),
        (b'{"deployment": {"resources": [{"urn": 5, "type": "x"}]}}', r"got `int` - at `\$.deployment.resources"),
        (b'{"deployment": {"resources": [{"urn": "u", "type": "x", "inputs": [1]}]}}', "not as Pulumi writes it"),
        (b'{"deployment": {"resources": ' + b"[" * 100_000, "nested too deeply|ends in the middle|not as Pulumi"),
        (b'{"deployment": ' + b'{"a":' * 100_000, "nested too deeply|ends in the middle"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_is_no_such_file_is_said_in_a_sentence(text: bytes, said: str) -> None:
    with pytest.raises(DocumentError, match=said) as refused:
        parse(text)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be"])
def test_what_powershell_writes_is_read(encoding: str) -> None:
    text = EXPORT.decode() if encoding != "utf-16-be" else f"\ufeff{EXPORT.decode()}"
    assert parse(text.encode(encoding)).resources == parse(EXPORT).resources


def test_a_file_that_unpacks_to_more_than_is_read_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("policypack.documents.reading._LARGEST", 1_000)
    with pytest.raises(DocumentError, match="larger than"):
        parse(gzip.compress(b" " * 2_000))
