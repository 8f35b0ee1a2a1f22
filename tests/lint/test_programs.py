"""What stops Python programs most often: outputs as values, wrong options, names that occur twice, missing config."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.support import IMPORTS, PYTHON_PROJECT, found, found_in_python, found_in_typescript, lint_files

BUCKET = 'bucket = aws.s3.Bucket("b")\n'


@pytest.mark.parametrize(
    ("program", "message"),
    [
        (
            'bucket.id.replace("a", "b")',
            "7:1 The output bucket.id has no method replace(): its value is not known while the program runs.",
        ),
        (
            'bucket.arn.split(":")[5]',
            "7:1 The output bucket.arn has no method split(): its value is not known while the program runs.",
        ),
        ("len(bucket.id)", "7:5 The output bucket.id is given to len(), which takes a value."),
        ("sorted(bucket.tags_all)", "7:8 The output bucket.tags_all is given to sorted(), which takes a value."),
        ('",".join(["a", bucket.id])', "7:16 The output bucket.id is joined as if it were a string."),
        (
            "names = [n for n in bucket.tags_all]",
            "7:21 The output bucket.tags_all is iterated, but has no elements: its value is not "
            "known while the program runs.",
        ),
        (
            "for name in bucket.tags_all:\n    print(name)",
            "7:13 The output bucket.tags_all is iterated, but has no elements: its value is not "
            "known while the program runs.",
        ),
        (
            '"a" in bucket.id',
            "7:8 The output bucket.id is searched, but has no elements: its value is not known while the program runs.",
        ),
        ("bucket.id < 3", "7:1 The output bucket.id is compared, which raises an error."),
        (
            'ref = pulumi.StackReference("o/p/s")\nref.get_output("ids").split(",")',
            "8:1 The output ref.get_output(…) has no method split(): its value is not known while the program runs.",
        ),
    ],
)
def test_an_output_where_only_its_value_would_do_is_reported(tmp_path: Path, program: str, message: str) -> None:
    record = lint_files(tmp_path, {"Pulumi.yaml": PYTHON_PROJECT, "__main__.py": f"{IMPORTS}{BUCKET}{program}\n"})
    (finding,) = [each for each in record.findings if each.policy.id == "output-as-value"]
    assert f"{finding.violation.line} {finding.violation.message}" == f"__main__.py:{message}"
    assert finding.level == "mandatory"


@pytest.mark.parametrize(
    "program",
    [
        'if bucket.id == "x":\n    pass',
        "name = 'a' if bucket.id else 'b'",
        "if not bucket.id:\n    pass",
        "names = {bucket.id: 'x'}\nprint(names[bucket.id])",
    ],
)
def test_what_does_not_end_the_program_is_advice(tmp_path: Path, program: str) -> None:
    record = lint_files(tmp_path, {"Pulumi.yaml": PYTHON_PROJECT, "__main__.py": f"{IMPORTS}{BUCKET}{program}\n"})
    (finding,) = [each for each in record.findings if each.policy.id == "output-as-value"]
    assert finding.level == "advisory"


@pytest.mark.parametrize(
    "program",
    [
        'bucket.id.apply(lambda id: id.replace("a", "b"))',
        "bucket.website.apply(lambda website: len(website or []))",
        "bucket.bucket_regional_domain_name.apply(str.upper)",
        'site = aws.s3.Bucket("site").website["index_document"]',
        "pulumi.Output.all(bucket.id, bucket.arn).apply(lambda both: [each for each in both])",
        "zones = aws.get_availability_zones()\nfor zone in zones.names[:2]:\n    print(zone.upper(), len(zones.names))",
        "if bucket.id is not None:\n    pulumi.export('id', bucket.id)",
        "same = bucket.id == bucket.arn",
        "import pulumi_acme\nnet = pulumi_acme.Network('n')\nfor subnet in net.subnets:\n    print(subnet.upper())",
        "def name(bucket):\n    return bucket.id.replace('a', 'b')",
        "config = pulumi.Config()\nconfig.require('zones').split(',')",
        'buckets = {"a": bucket}\nfor name, each in buckets.items():\n    pulumi.export(name, each.id)',
    ],
)
def test_values_and_outputs_in_apply_are_right(tmp_path: Path, program: str) -> None:
    assert not found_in_python(tmp_path, f"{BUCKET}{program}\n", "output-as-value", "output-as-text")


@pytest.mark.parametrize(
    ("program", "message"),
    [
        (
            'aws.s3.Bucket("c", opts={"protect": True})',
            "7:25 opts of aws.s3.Bucket is given a dictionary, where the SDK takes pulumi.ResourceOptions.",
        ),
        (
            'provider = aws.Provider("p")\naws.s3.Bucket("c", opts=provider)',
            "8:25 opts of aws.s3.Bucket is given pulumi_aws.Provider, where the SDK takes pulumi.ResourceOptions.",
        ),
        (
            'aws.s3.Bucket("c", opts=pulumi.InvokeOptions())',
            "7:25 opts of aws.s3.Bucket is given pulumi.InvokeOptions, where the SDK takes pulumi.ResourceOptions.",
        ),
        (
            'aws.ec2.get_ami(owners=["self"], opts=pulumi.ResourceOptions(parent=bucket))',
            "7:39 opts of aws.ec2.get_ami is given pulumi.ResourceOptions, where the SDK takes pulumi.InvokeOptions.",
        ),
        (
            'pulumi.ResourceOptions(depends_on=["bucket"])',
            "7:36 depends_on is given a string, where the SDK takes a resource.",
        ),
        (
            "pulumi.ResourceOptions(depends_on=[bucket.id])",
            "7:36 depends_on is given an output, where the SDK takes a resource.",
        ),
        (
            "pulumi.ResourceOptions(parent=bucket.arn)",
            "7:31 parent is given an output, where the SDK takes a resource.",
        ),
        (
            "pulumi.ResourceOptions(provider=bucket)",
            "7:33 provider is given aws.s3.Bucket, where the SDK takes a provider.",
        ),
        (
            'pulumi.ResourceOptions(provider=[aws.Provider("p")])',
            "7:33 provider is given a list, where the SDK takes a provider.",
        ),
        (
            'pulumi.ResourceOptions(ignore_changes="tags")',
            "7:39 ignore_changes takes a list of names and is given a string, each of whose letters becomes a name.",
        ),
    ],
)
def test_what_is_no_option_is_reported(tmp_path: Path, program: str, message: str) -> None:
    assert found_in_python(tmp_path, f"{BUCKET}{program}\n", "resource-options") == [
        f"__main__.py:{message}".replace(" ", " resource-options: ", 1)
    ]


@pytest.mark.parametrize(
    "program",
    [
        'aws.s3.Bucket("c", opts=pulumi.ResourceOptions(parent=bucket, depends_on=[bucket], ignore_changes=["tags"]))',
        'aws.s3.Bucket("c", opts=pulumi.ResourceOptions(depends_on=bucket, provider=aws.Provider("p")))',
        'aws.s3.Bucket.get("c", "id", opts=pulumi.ResourceOptions(parent=bucket))',
        "aws.ec2.get_ami(owners=['self'], opts=pulumi.InvokeOptions(parent=bucket))",
        "aws.ec2.get_ami_output(owners=['self'], opts=pulumi.InvokeOutputOptions(depends_on=[bucket]))",
        "aws.ec2.get_ami_output(owners=['self'], opts=pulumi.InvokeOptions(parent=bucket))",
        "def make(opts=None):\n    return aws.s3.Bucket('c', opts=opts)",
        'aws.s3.Bucket("c", opts=pulumi.ResourceOptions.merge(None, pulumi.ResourceOptions(protect=True)))',
        "import pulumi_kubernetes as k8s\nchart = k8s.helm.v3.Chart('c', k8s.helm.v3.ChartOpts(chart='c'))\n"
        "pulumi.ResourceOptions(depends_on=chart.ready)\npulumi.ResourceOptions(depends_on=[chart.resources])",
        'pulumi.ResourceOptions(providers={"aws": aws.Provider("p")}, provider=make_provider())',
    ],
)
def test_options_that_are_right(tmp_path: Path, program: str) -> None:
    assert not found_in_python(tmp_path, f"{BUCKET}{program}\n", "resource-options")


def test_older_sdks_take_other_options_for_functions(tmp_path: Path) -> None:
    files = {"Pulumi.yaml": PYTHON_PROJECT, "requirements.txt": "pulumi>=2,<3\npulumi-aws>=3.2,<4\n"}
    files["__main__.py"] = IMPORTS + 'aws.ec2.get_ami(owners=["self"], opts=pulumi.ResourceOptions())\n'
    assert not found(tmp_path, files, "resource-options")


@pytest.mark.parametrize(
    ("program", "message"),
    [
        (
            'aws.s3.Bucket("b")',
            "7:1 An aws.s3.Bucket named 'b' is made in line 6 already: their URNs would be the same.",
        ),
        (
            'def make():\n    a = aws.sqs.Queue("q")\n    b = aws.sqs.Queue(resource_name="q", fifo_queue=True)\n'
            "    return a, b",
            "9:9 An aws.sqs.Queue named 'q' is made in line 8 already: their URNs would be the same.",
        ),
        (
            'aws.s3.BucketPolicy(bucket.id, bucket="b", policy="{}")',
            "7:21 The output bucket.id is the name of a resource, which has to be known while the program runs.",
        ),
    ],
)
def test_a_name_that_occurs_twice_or_is_not_known_is_reported(tmp_path: Path, program: str, message: str) -> None:
    (found_,) = found_in_python(tmp_path, f"{BUCKET}{program}\n", "resource-name")
    assert found_ == f"__main__.py:{message}".replace(" ", " resource-name: ", 1)


@pytest.mark.parametrize(
    "program",
    [
        'aws.sqs.Queue("b")',
        'if pulumi.get_stack() == "prod":\n    aws.sqs.Queue("q")\nelse:\n    aws.sqs.Queue("q", fifo_queue=True)',
        'def one():\n    return aws.sqs.Queue("q")\n\n\ndef other():\n    return aws.sqs.Queue("q")',
        'def one():\n    return aws.sqs.Queue("q")\n    aws.sqs.Queue("q")',
        'aws.s3.Bucket("b", opts=pulumi.ResourceOptions(parent=network))',
        'aws.s3.Bucket("b", opts=options)',
        'aws.s3.Bucket.get("b", "an-id")',
        'for name in ("a", "b"):\n    aws.sqs.Queue(name)',
        'import pulumi_acme\npulumi_acme.Thing("a")\npulumi_acme.Thing("a")',
    ],
)
def test_names_that_are_right(tmp_path: Path, program: str) -> None:
    assert not found_in_python(tmp_path, f"{BUCKET}{program}\n", "resource-name")


@pytest.mark.parametrize(
    ("program", "fix", "level"),
    [
        ('pulumi.Config().require("aws:region")', 'Write pulumi.Config("aws").require("region").', "mandatory"),
        (
            'config = pulumi.Config()\nconfig.require_secret("shop:token")',
            'Write pulumi.Config().require_secret("token").',
            "mandatory",
        ),
        ('pulumi.Config().get("aws:region")', 'Write pulumi.Config("aws").get("region").', "advisory"),
    ],
)
def test_a_key_with_a_namespace_is_not_found(tmp_path: Path, program: str, fix: str, level: str) -> None:
    record = lint_files(tmp_path, {"Pulumi.yaml": PYTHON_PROJECT, "__main__.py": f"{IMPORTS}{program}\n"})
    (finding,) = [each for each in record.findings if each.policy.id == "config-reads"]
    assert "finds nothing: a config object puts its own namespace before the key." in finding.violation.message
    assert (finding.fix, finding.level) == (fix, level)


def test_a_key_with_a_namespace_is_not_found_in_typescript(tmp_path: Path) -> None:
    (message,) = found_in_typescript(
        tmp_path, 'const config = new pulumi.Config();\nexport const a = config.require("aws:region");', "config-reads"
    )
    assert message.startswith('index.ts:4:33 config-reads: config.require("aws:region") finds nothing')


STACK = {"Pulumi.yaml": PYTHON_PROJECT + "config: {size: {type: string, default: small}}\n"}


OTHER = "config: {shop:a: x, shop:b: x, shop:c: x, aws:region: eu-west-1}\n"


@pytest.mark.parametrize(
    ("settings", "program", "keys"),
    [
        ("config: {shop:a: x}\n", 'config.require("b")', ["b"]),
        ("", 'aws_config.require("region")\nconfig.require_secret("c")', ["aws:region", "c"]),
        ("config: {shop:a: x, aws:region: eu-west-1}\n", 'config.require("a")\naws_config.require("region")', []),
        ("config: {}\n", 'config.require("size")\nconfig.get("b")', []),
        ("config: {}\n", 'x = config.get("a") or config.require("b")', []),
        ("config: {}\n", 'if pulumi.get_stack() == "prod":\n    config.require("b")', []),
        ("config: {}\n", 'config.require_secret("noStackSetsIt")', []),
        ("environment: [shop/dev]\n", 'config.require("b")', []),
    ],
)
def test_a_key_that_a_stack_does_not_set_is_advice(
    tmp_path: Path, settings: str, program: str, keys: list[str]
) -> None:
    head = 'config = pulumi.Config()\naws_config = pulumi.Config("aws")\n'
    files = {**STACK, "Pulumi.dev.yaml": settings, "Pulumi.prod.yaml": OTHER}
    files["__main__.py"] = f"{IMPORTS}{head}{program}\n"
    record = lint_files(tmp_path, files)
    findings = [each for each in record.findings if each.policy.id == "config-reads"]
    assert [each.violation.message.split("'")[1] for each in findings] == keys
    assert all(each.level == "advisory" for each in findings)


def test_without_settings_of_a_stack_nothing_is_missing(tmp_path: Path) -> None:
    assert not found(tmp_path, {**STACK, "__main__.py": f'{IMPORTS}pulumi.Config().require("b")\n'}, "config-reads")


@pytest.mark.parametrize("program", ["await bucket", "return", "break"])
def test_what_only_the_compiler_refuses_is_reported(tmp_path: Path, program: str) -> None:
    assert len(found_in_python(tmp_path, f"{BUCKET}{program}\n", "undefined-name")) == 1
