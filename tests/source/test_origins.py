"""Whose output a reference is, in each language that is evaluated."""

import pytest

from policypack.model import Origin, Reference
from policypack.testing import resource
from tests.source.evaluation import written_values

QUEUE = ("aws.sqs.Queue", "jobs", "arn")
PYTHON = "import pulumi\nimport pulumi_aws as aws\n"
TYPESCRIPT = 'import * as pulumi from "@pulumi/pulumi";\nimport * as aws from "@pulumi/aws";\n'


@pytest.mark.parametrize(
    ("python", "typescript", "origin"),
    [
        ("aws.sqs.Queue('jobs').arn", "new aws.sqs.Queue('jobs').arn", QUEUE),
        ("aws.sqs.Queue('jobs').tags", "new aws.sqs.Queue('jobs').tags", None),
        ("aws.sqs.Queue(pulumi.Config().require('a')).arn", "new aws.sqs.Queue(x).arn", ("aws.sqs.Queue", "", "arn")),
        ("aws.sqs.Queue.get('jobs', 'id').arn", "aws.sqs.Queue.get('jobs', 'id').arn", None),
        ("aws.sqs.get_queue(name='jobs').arn", "aws.sqs.getQueueOutput({ name: 'jobs' }).arn", None),
        ("aws.sqs.Queue('jobs').arns[0]", "new aws.sqs.Queue('jobs').arns[0]", None),
        (
            "aws.get_caller_identity().account_id",
            "aws.getCallerIdentityOutput({}).accountId",
            ("aws.get_caller_identity", "", "accountId"),
        ),
        (
            "aws.get_caller_identity_output(opts=other).account_id",
            "aws.getCallerIdentityOutput({}, other).accountId",
            None,
        ),
    ],
)
def test_the_origin_of_a_reference(python: str, typescript: str, origin: tuple[str, str, str] | None) -> None:
    programs = (
        written_values(main_py=f"{PYTHON}aws.sns.TopicPolicy('it', policy={python})\n"),
        written_values(index_ts=f"{TYPESCRIPT}new aws.sns.TopicPolicy('it', {{ policy: {typescript} }});\n"),
    )
    for program in programs:
        written = program.of(resource("aws:sns/topicPolicy:TopicPolicy"), "policy")
        found = written.raw.origin if written and isinstance(written.raw, Reference) else None
        assert (found and _plain(found)) == (origin and _plain(Origin(*origin)))


def _plain(origin: Origin) -> Origin:
    return origin._replace(path=origin.path.replace("_", "").lower().removesuffix("output"))


@pytest.mark.parametrize(("of", "origin"), [("jobs", QUEUE), ("existing", None)])
def test_the_origin_of_a_reference_in_go_and_yaml(of: str, origin: tuple[str, str, str] | None) -> None:
    go = f"""package main
import (
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/sns"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)
func main() {{
	pulumi.Run(func(ctx *pulumi.Context) error {{
		jobs, err := sqs.NewQueue(ctx, "jobs", nil)
		existing, err := sqs.GetQueue(ctx, "existing", pulumi.ID("id"), nil)
		_, err = sns.NewTopicPolicy(ctx, "it", &sns.TopicPolicyArgs{{Policy: {of}.Arn}})
		return err
	}})
}}
"""
    yaml = f"""name: test
runtime: yaml
resources:
  jobs: {{type: aws:sqs:Queue}}
  existing: {{type: aws:sqs:Queue, get: {{id: some}}}}
  it: {{type: aws:sns:TopicPolicy, properties: {{policy: "${{{of}.arn}}"}}}}
"""
    for program in (written_values(main_go=go), written_values(Pulumi_yaml=yaml)):
        written = program.of(resource("aws:sns/topicPolicy:TopicPolicy"), "policy")
        found = written.raw.origin if written and isinstance(written.raw, Reference) else None
        assert (found and _plain(found)) == (origin and _plain(Origin(*origin)))
