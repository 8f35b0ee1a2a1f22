"""The line of an argument, from the line of its resource."""

from __future__ import annotations

from pathlib import Path

import pytest

from policypack.source.arguments import argument_line

PYTHON = """\
bucket = aws.s3.Bucket(
    "documents",
    acl="private",
    versioning=aws.s3.BucketVersioningArgs(
        mfa_delete=False,
        enabled=False,
    ),
    lifecycle_rules=[
        {"id": "first"},
        {
            "id": "second",
            "noncurrentVersionTransitions": [],
        },
    ],
    opts=pulumi.ResourceOptions(protect=True),
)
other = aws.s3.Bucket("other", aws.s3.BucketArgs(
    acl="public-read"), opts)
made = make("a", **arguments)
"""

TYPESCRIPT = """\
const bucket = new aws.s3.Bucket("documents", {
    // versioning: { enabled: "in a comment" },
    tags: { enabled: "elsewhere", "versioning": "{" },
    versioning: {
        mfaDelete: false,
        enabled: false,
    },
    lifecycleRules: [
        { id: "first" },
        {
            "id": `second ${"}"}`,
            enabled: true,
        },
    ],
}, { protect: true });
const other = new aws.s3.Bucket("other", args, { acl: "elsewhere" });
const acl = { acl: "not an argument" };
"""


@pytest.mark.parametrize(
    ("line", "path", "found"),
    [
        (1, "acl", 3),
        (1, "versioning.mfaDelete", 5),
        (1, "versioning.enabled", 6),
        (1, "versioning.missing", 4),
        (1, "lifecycleRules", 8),
        (1, "lifecycleRules[0].id", 9),
        (1, "lifecycleRules[1].noncurrentVersionTransitions", 12),
        (1, "lifecycleRules[7].id", 8),
        (1, "missing", 1),
        (1, "", 1),
        (17, "acl", 18),
        (19, "acl", 19),
        (18, "acl", 18),
        (99, "acl", 99),
    ],
)
def test_in_python(tmp_path: Path, line: int, path: str, found: int) -> None:
    file = tmp_path / "__main__.py"
    file.write_text(PYTHON)
    assert argument_line(str(file), line, path) == found


@pytest.mark.parametrize("name", ["index.ts", "index.js"])
@pytest.mark.parametrize(
    ("line", "path", "found"),
    [
        (1, "versioning", 4),
        (1, "versioning.mfaDelete", 5),
        (1, "versioning.enabled", 6),
        (1, "versioning.missing", 4),
        (1, "tags.enabled", 3),
        (1, "lifecycleRules[0].id", 9),
        (1, "lifecycleRules[1].id", 11),
        (1, "lifecycleRules[1].enabled", 12),
        (1, "lifecycleRules[0].enabled", 9),
        (1, "lifecycleRules[1]", 10),
        (1, "protect", 1),
        (1, "enabled", 1),
        (16, "acl", 16),
        (99, "acl", 99),
        (1, "", 1),
    ],
)
def test_in_javascript(tmp_path: Path, name: str, line: int, path: str, found: int) -> None:
    file = tmp_path / name
    file.write_text(TYPESCRIPT)
    assert argument_line(str(file), line, path) == found


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("broken.py", "bucket = aws.s3.Bucket(\n  acl='x'"),
        ("binary.py", "\0"),
        ("deep.py", "(" * 10_000),
        ("large.py", "x = 1\n" * 60_000),
        ("main.go", 'NewBucket(ctx, "b", &s3.BucketArgs{\n  acl: 1'),
        ("Pulumi.yaml", "a:\n  acl: b"),
    ],
)
def test_what_cannot_be_read_has_the_line_of_the_resource(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert argument_line(str(tmp_path / name), 1, "acl") == 1
    assert argument_line(str(tmp_path / "missing.py"), 7, "acl") == 7
    assert argument_line(str(tmp_path), 7, "acl") == 7
