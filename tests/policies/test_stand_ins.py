"""
What documents say of resources whose ARNs are unknown at a first preview is what they say once the ARNs are known.

Each program is looked at twice: at its preview, where an ARN is a reference that the source tells, and after its
update, where it is a text. What is decided at preview may not be decided otherwise later.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policypack.model import UNKNOWN, Context, Origin, PartialText, Reference, Resource
from policypack.testing import Decision, decide, ref, resource
from tests.policies.test_source_reading import Program
from tests.support import POLICIES

pytestmark = pytest.mark.broad

ACCOUNT, REGION = "111122223333", "eu-west-1"
QUEUE, BUCKET, TOPIC = "aws:sqs/queue:Queue", "aws:s3/bucket:Bucket", "aws:sns/topic:Topic"
ROLE, FUNCTION, KEY = "aws:iam/role:Role", "aws:lambda/function:Function", "aws:kms/key:Key"
SECRET, GROUP = "aws:secretsmanager/secret:Secret", "aws:cloudwatch/logGroup:LogGroup"
# The ARN of a resource of a type, by its name; and the class of the type.
ARNS: Mapping[str, tuple[str, str]] = {
    QUEUE: ("aws.sqs.Queue", f"arn:aws:sqs:{REGION}:{ACCOUNT}:NAME"),
    BUCKET: ("aws.s3.Bucket", "arn:aws:s3:::NAME"),
    TOPIC: ("aws.sns.Topic", f"arn:aws:sns:{REGION}:{ACCOUNT}:NAME"),
    ROLE: ("aws.iam.Role", f"arn:aws:iam::{ACCOUNT}:role/NAME"),
    KEY: ("aws.kms.Key", f"arn:aws:kms:{REGION}:{ACCOUNT}:key/NAME"),
    SECRET: ("aws.secretsmanager.Secret", f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:NAME-a1B2c3"),
    GROUP: ("aws.cloudwatch.LogGroup", f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:NAME"),
}
NAMES = {BUCKET: "bucket", KEY: "keyId"}


@dataclass(frozen=True)
class World:
    """A stack at its first preview, or after its update."""

    is_known: bool
    has_names: bool = True
    names: tuple[tuple[str, str], ...] = ()

    def named(self, name: str) -> str:
        """What AWS knows a resource by."""
        return dict(self.names).get(name, f"{name}-1a2b")

    def make(self, type_: str, name: str, **inputs: Any) -> Resource:
        """A resource of the stack; its own name stands in the program where that says its names."""
        prop = NAMES.get(type_, "name")
        own = {prop: self.named(name)} if self.has_names and type_ != KEY else {}
        outputs = {"arn": self.arn(type_, name), prop: self.named(name)} if self.is_known else {}
        return resource(type_, name, with_outputs=outputs, **own, **inputs)

    def arn(self, type_: str, name: str) -> str:
        return ARNS[type_][1].replace("NAME", self.named(name))

    def output(self, type_: str, name: str, output: str = "arn") -> str | Reference:
        """What a document has where the program writes an output of a resource."""
        if self.is_known:
            return self.arn(type_, name) if output == "arn" else self.named(name)
        class_ = ARNS[type_][0]
        return Reference(f"{class_} '{name}'.{output}", Origin(class_, name, output))

    def account(self) -> str | Reference:
        """The account, as the program looks it up."""
        label = "aws.get_caller_identity@main.py:1.accountId"
        return ACCOUNT if self.is_known else Reference(label, Origin("aws.get_caller_identity", "", "accountId"))

    def ref(self, target: Resource) -> Any:
        """What another resource has that refers to one."""
        return ref(target, self.arn(target.type, target.name)) if self.is_known else ref(target)


def text(*parts: str | Reference) -> Any:
    """The text that the program makes from some parts."""
    if any(isinstance(part, Reference) for part in parts):
        kept = tuple(part for part in parts if part != "")
        return kept[0] if len(kept) == 1 else PartialText(kept)
    return "".join(map(str, parts))


def with_document(made: Resource, path: str, statements: list[Any], *, on: list[Resource]) -> Resource:
    """A resource with a document, of which no part becomes a plain dict on the way, made from outputs of others."""
    document = {"Version": "2012-10-17", "Statement": statements}
    made.inputs = {**(made.inputs or {}), path: document}
    made.outputs = {**(made.outputs or {}), path: document}
    made.property_dependencies = {**made.property_dependencies, path: tuple(each.urn for each in on)}
    return made


def notified(world: World, statements: list[Any]) -> Decision:
    """A queue that a bucket notifies, beside others of both types."""
    queue, bucket = world.make(QUEUE, "jobs"), world.make(BUCKET, "uploads")
    others = [world.make(QUEUE, "other"), world.make(BUCKET, "logs")]
    policy = resource("aws:sqs/queuePolicy:QueuePolicy", "policy", queueUrl=world.ref(queue))
    with_document(policy, "policy", statements, on=[queue, bucket, *others])
    queues = [{"queueArn": world.ref(queue), "events": ["s3:ObjectCreated:*"]}]
    user = resource("aws:s3/bucketNotification:BucketNotification", "user", bucket=world.ref(bucket), queues=queues)
    return decide(POLICIES["service-access-to-targets"], queue, bucket, *others, policy, user)


def consuming(world: World, statements: list[Any]) -> Decision:
    """A function that reads a queue with a role, whose policy is made from the ARNs of several resources."""
    queue, role = world.make(QUEUE, "jobs"), world.make(ROLE, "app")
    others = [world.make(QUEUE, "other"), world.make(BUCKET, "uploads"), world.make(BUCKET, "logs")]
    policy = resource("aws:iam/rolePolicy:RolePolicy", "policy", role=world.ref(role))
    with_document(policy, "policy", statements, on=[queue, *others])
    return decide(POLICIES["role-access"], queue, role, *others, policy, *reading(world, queue, role))


def let_in(world: World, statements: list[Any]) -> Decision:
    """A function that reads a queue with a role that only the queue's policy lets in."""
    queue, role, other = world.make(QUEUE, "jobs"), world.make(ROLE, "app"), world.make(ROLE, "reports")
    others = [other, world.make(QUEUE, "other"), world.make(BUCKET, "uploads"), world.make(BUCKET, "logs")]
    policy = resource("aws:sqs/queuePolicy:QueuePolicy", "policy", queueUrl=world.ref(queue))
    with_document(policy, "policy", statements, on=[queue, role, *others])
    return decide(POLICIES["role-access"], queue, role, *others, policy, *reading(world, queue, role))


def decrypting(world: World, statements: list[Any]) -> Decision:
    """A function that reads a queue with a key of its own, whose policy names roles, or leaves it to IAM."""
    key, role, other = world.make(KEY, "key"), world.make(ROLE, "app"), world.make(ROLE, "reports")
    queue = world.make(QUEUE, "jobs", kmsMasterKeyId=world.ref(key))
    policy = resource("aws:kms/keyPolicy:KeyPolicy", "policy", keyId=world.ref(key))
    others = [other, world.make(BUCKET, "uploads"), world.make(BUCKET, "logs")]
    with_document(policy, "policy", statements, on=[role, *others])
    allowed = [{"policy": {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}}]
    role.inputs = {**(role.inputs or {}), "inlinePolicies": allowed}
    return decide(POLICIES["role-access"], queue, role, key, *others, policy, *reading(world, queue, role))


def reading(world: World, queue: Resource, role: Resource) -> list[Resource]:
    """A function that reads a queue with a role."""
    function = resource(FUNCTION, "function", role=world.ref(role))
    named = {"eventSourceArn": world.ref(queue), "functionName": ref(function)}
    return [function, resource("aws:lambda/eventSourceMapping:EventSourceMapping", "mapping", **named)]


def bounded(world: World, statements: list[Any]) -> Decision:
    """The same, where the document is the permissions boundary of a role that may do everything."""
    queue, other = world.make(QUEUE, "jobs"), world.make(QUEUE, "other")
    others = [other, world.make(BUCKET, "uploads"), world.make(BUCKET, "logs")]
    limit = resource("aws:iam/policy:Policy", "limit")
    with_document(limit, "policy", statements, on=[queue, *others])
    limit.outputs = {**(limit.outputs or {}), **({"arn": "arn:aws:iam::1:policy/limit"} if world.is_known else {})}
    boundary = ref(limit, "arn:aws:iam::1:policy/limit") if world.is_known else ref(limit)
    allowed = [{"policy": {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}}]
    role = world.make(ROLE, "app", permissionsBoundary=boundary, inlinePolicies=allowed)
    return decide(POLICIES["role-access"], queue, role, *others, limit, *reading(world, queue, role))


def encrypted(world: World, statements: list[Any]) -> Decision:
    """A key of a topic that a bucket notifies, with a policy of its own."""
    bucket, key = world.make(BUCKET, "uploads"), world.make(KEY, "key")
    topic = world.make(TOPIC, "topic", kmsMasterKeyId=world.ref(key))
    others = [world.make(QUEUE, "jobs"), world.make(QUEUE, "other"), world.make(BUCKET, "logs")]
    policy = resource("aws:kms/keyPolicy:KeyPolicy", "policy", keyId=world.ref(key))
    with_document(policy, "policy", statements, on=[bucket, *others])
    topics = [{"topicArn": world.ref(topic), "events": ["s3:ObjectCreated:*"]}]
    user = resource("aws:s3/bucketNotification:BucketNotification", "user", bucket=world.ref(bucket), topics=topics)
    return decide(POLICIES["kms-key-policy-service-principals"], bucket, key, topic, *others, policy, user)


PROGRAMS: Mapping[str, tuple[Callable[[World, list[Any]], Decision], list[str]]] = {
    "notified": (notified, ["sqs:SendMessage", "sqs:*", "sqs:ReceiveMessage"]),
    "consuming": (consuming, ["sqs:*", "sqs:SendMessage", "s3:*"]),
    "let in": (let_in, ["sqs:*", "sqs:SendMessage"]),
    "decrypting": (decrypting, ["kms:*", "kms:Decrypt", "kms:Encrypt"]),
    "bounded": (bounded, ["sqs:*", "*", "s3:*"]),
    "encrypted": (encrypted, ["kms:*", "kms:Decrypt"]),
}
RESOURCES: Mapping[str, Callable[[World], Any]] = {
    "*": lambda _: "*",
    "own": lambda world: world.output(QUEUE, "jobs"),
    "own*": lambda world: text(world.output(QUEUE, "jobs"), "*"),
    "own/*": lambda world: text(world.output(QUEUE, "jobs"), "/*"),
    "own-1": lambda world: text(world.output(QUEUE, "jobs"), "-1"),
    "own by name": lambda world: text(
        f"arn:aws:sqs:{REGION}:", world.account(), ":", world.output(QUEUE, "jobs", "name")
    ),
    "other": lambda world: world.output(QUEUE, "other"),
    "other*": lambda world: text(world.output(QUEUE, "other"), "*"),
    "other by name": lambda world: text(f"arn:aws:sqs:{REGION}:{ACCOUNT}:", world.output(QUEUE, "other", "name")),
    "other-1": lambda world: text(world.output(QUEUE, "other"), "-1"),
    "part of a name": lambda world: text(f"arn:aws:sqs:{REGION}:{ACCOUNT}:x", world.output(QUEUE, "other", "name")),
    "bucket": lambda world: text(world.output(BUCKET, "uploads"), "/*"),
}
CONDITIONS: Mapping[str, Callable[[World], Any]] = {
    "none": lambda _: None,
    "own": lambda world: {"ArnEquals": {"aws:SourceArn": world.output(BUCKET, "uploads")}},
    "exact": lambda world: {"StringEquals": {"aws:SourceArn": world.output(BUCKET, "uploads")}},
    "other": lambda world: {"ArnLike": {"aws:SourceArn": world.output(BUCKET, "logs")}},
    "either": lambda world: {
        "ArnLike": {"aws:SourceArn": [world.output(BUCKET, "logs"), world.output(BUCKET, "uploads")]}
    },
    "not own": lambda world: {"ArnNotEquals": {"aws:SourceArn": world.output(BUCKET, "uploads")}},
    "not other": lambda world: {"ArnNotEquals": {"aws:SourceArn": world.output(BUCKET, "logs")}},
    "by name": lambda world: {
        "ArnLike": {"aws:SourceArn": text("arn:aws:s3:::", world.output(BUCKET, "uploads", "id"))}
    },
    "account": lambda world: {"StringEquals": {"aws:SourceAccount": world.account()}},
}
ROLES: Mapping[str, Callable[[World], Any]] = {
    "own": lambda world: world.output(ROLE, "app"),
    "other": lambda world: world.output(ROLE, "reports"),
    "both": lambda world: [world.output(ROLE, "reports"), world.output(ROLE, "app")],
    "by name": lambda world: text("arn:aws:iam::", world.account(), ":role/", world.output(ROLE, "app", "name")),
    "root": lambda world: text("arn:aws:iam::", world.account(), ":root"),
    "account": lambda world: world.account(),
}
STATEMENTS = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(["Allow", "Allow", "Deny"]),
        "Resource": st.lists(st.sampled_from(sorted(RESOURCES)), min_size=1, max_size=2),
        "Principal": st.sampled_from(["s3.amazonaws.com", "s3.amazonaws.com", "events.amazonaws.com"]),
        "Role": st.sampled_from(sorted(ROLES)),
        "Condition": st.sampled_from(["none", "none", *sorted(CONDITIONS)]),
        "Action": st.integers(0, 2),
        "is hidden": st.integers(0, 7).map(lambda number: number == 0),
    }
)


def statement(made: Mapping[str, Any], world: World, program: str) -> dict[str, Any]:
    actions = PROGRAMS[program][1]
    found: dict[str, Any] = {
        "Effect": made["Effect"],
        "Action": actions[made["Action"] % len(actions)],
        "Resource": [RESOURCES[each](world) for each in made["Resource"]],
    }
    if made["is hidden"] and not world.is_known:
        found["Resource"][0] = UNKNOWN
    if program in ("notified", "encrypted"):
        found["Principal"] = {"Service": made["Principal"]}
    if program in ("let in", "decrypting"):
        found["Principal"] = {"AWS": ROLES[made["Role"]](world)}
    if program in ("encrypted", "decrypting"):
        found["Resource"] = "*"
    if condition := CONDITIONS[made["Condition"]](world):
        found["Condition"] = condition
    return found


OWN_NAMES = ("jobs", "other-1", "xother")
"""Names of the queue; two of them begin or end with that of the other queue."""
BEGINNINGS = {"own-1", "other-1", "other*", "part of a name"}
"""Resources that may be those of another name."""


def outcomes(program: str, made: list[Any], has_names: bool, name: str) -> tuple[Decision, Decision]:
    """What is decided about a program at its preview, and after its update."""
    names = (("jobs", name), ("other", "other"))
    worlds = (World(is_known, has_names, names) for is_known in (False, True))
    before, after = (
        PROGRAMS[program][0](world, [statement(each, world, program) for each in made]) for world in worlds
    )
    assert set(before.violations) <= set(after.violations), made
    assert before.violations == after.violations or before.undecided, made
    return before, after


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    program=st.sampled_from(sorted(PROGRAMS)),
    made=st.lists(STATEMENTS, min_size=1, max_size=2),
    has_names=st.booleans(),
    name=st.sampled_from(OWN_NAMES),
)
def test_what_is_decided_at_preview_is_decided_so_after_the_update(
    program: str, made: list[Any], has_names: bool, name: str
) -> None:
    outcomes(program, made, has_names, name)


ALLOWING = {
    "Effect": "Allow",
    "Resource": ["*"],
    "Principal": "s3.amazonaws.com",
    "Condition": "none",
    "Action": 1,
    "Role": "own",
    "is hidden": False,
}
PARTS = [
    *({"Resource": [each]} for each in RESOURCES),
    *({"Condition": each} for each in CONDITIONS),
    *({"Role": each} for each in ROLES),
]


@pytest.mark.parametrize("effect", ["Allow", "Deny"])
@pytest.mark.parametrize("part", PARTS, ids=lambda part: " ".join(f"{key} {value}" for key, value in part.items()))
def test_each_part_of_a_statement_says_at_preview_what_it_says_after_the_update(part: Any, effect: str) -> None:
    decided = []
    for program in PROGRAMS:
        made = [{**ALLOWING, "Action": 0 if program != "notified" else 1, **part, "Effect": effect}]
        if effect == "Deny":
            made.append(ALLOWING)
        decided += [not outcomes(program, made, False, name)[0].undecided for name in OWN_NAMES]
    # What a reference names alone is no question.
    assert all(decided) or BEGINNINGS & set(part.get("Resource", ()))


SEND = '"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sqs:SendMessage"'
NAME = "name = pulumi.Config().require('name')\n"
NOTIFICATION, QUEUE_POLICY = "aws:s3/bucketNotification:BucketNotification", "aws:sqs/queuePolicy:QueuePolicy"


def queues_notified(text: str, names: list[str], *, on: dict[str, list[str]] | None = None) -> Decision:
    """
    What is decided about queues that buckets of the same names notify.

    :param names: those of the queues, each with a policy and a bucket of its name.
    :param on: the queues that the policy of each is made from; its own, when left out.
    """
    context = Context("test", "dev", program=Program(text))
    made: list[Resource] = []
    for name in names:
        queue, bucket = (resource(type_, name, with_context=context) for type_ in (QUEUE, BUCKET))
        queues = [{"queueArn": ref(queue), "events": ["s3:ObjectCreated:*"]}]
        made += [queue, bucket, resource(NOTIFICATION, name, bucket=ref(bucket), queues=queues)]
    by_name = {each.name: each for each in made if each.type == QUEUE}
    for name in names:
        own = [by_name[each] for each in (on or {}).get(name, [name])]
        inputs = {"queueUrl": ref(by_name[name]), "policy": ref(own)}
        made.append(resource(QUEUE_POLICY, name, with_context=context, **inputs))
    return decide(POLICIES["service-access-to-targets"], *made)


def policy_about(resource_: str, name: str = "name", of: str = "made") -> str:
    """A statement of a program that makes a queue's policy."""
    document = f'{{"Statement": [{{{SEND}, "Resource": {resource_}}}]}}'
    return f"aws.sqs.QueuePolicy({name}, queue_url={of}.id, policy=pulumi.Output.json_dumps({document}))\n"


@pytest.mark.parametrize(
    ("text", "violations", "undecided"),
    [
        # A function that is called for each, and a loop over names that are known, or not.
        (
            f"def make(name):\n    made = aws.sqs.Queue(name)\n    {policy_about('made.arn')}make('a')\nmake('b')\n",
            [],
            [],
        ),
        (f"for name in ['a', 'b']:\n    made = aws.sqs.Queue(name)\n    {policy_about('made.arn')}", [], []),
        (
            f"for name in pulumi.Config().require_object('names'):\n    made = aws.sqs.Queue(name)\n"
            f"    {policy_about('made.arn')}",
            [],
            [],
        ),
        # A component, and one whose children all have one name.
        (
            "class Jobs(pulumi.ComponentResource):\n    def __init__(self, name):\n"
            "        super().__init__('test:index:Jobs', name)\n        self.queue = aws.sqs.Queue(name)\n"
            f"        {policy_about('self.queue.arn', of='self.queue')}Jobs('a')\nJobs('b')\n",
            [],
            [],
        ),
        # Two of them may be meant.
        (
            f"{NAME}made = aws.sqs.Queue('a') if name == 'a' else aws.sqs.Queue('b')\n{policy_about('made.arn')}",
            [],
            ["a.policy.Statement[0].Resource", "b.policy.Statement[0].Resource"],
        ),
        # What is looked up is none that the program makes.
        (
            f"{NAME}made = aws.sqs.Queue.get('a', 'https://sqs/a')\n{policy_about('made.arn')}",
            [],
            ["a.policy.Statement[0].Resource", "b.policy.Statement[0].Resource"],
        ),
        (
            f"{NAME}made = aws.sqs.get_queue(name='a')\n{policy_about('made.arn')}",
            [],
            ["a.policy.Statement[0].Resource", "b.policy.Statement[0].Resource"],
        ),
    ],
)
def test_whose_arn_a_document_has_is_told_where_one_resource_alone_can_be_meant(
    text: str, violations: list[str], undecided: list[str]
) -> None:
    decision = queues_notified(text, ["a", "b"])
    assert (decision.violations, decision.undecided) == (violations, undecided)


def test_a_queue_whose_policy_is_about_another_one_is_reported_with_the_name_of_that_one() -> None:
    text = f"""a, b = aws.sqs.Queue("a"), aws.sqs.Queue("b")
{policy_about("a.arn", '"a"', "a")}{policy_about('a.arn.apply(lambda arn: f"{arn}/x")', '"b"', "b")}"""
    decision = queues_notified(text, ["a", "b"], on={"b": ["a"]})
    assert decision.violations == ["b.policy"]
    assert "lets s3.amazonaws.com use the ARN of the Queue 'a'/x only" in decision.messages[0]
    assert "⟦" not in decision.messages[0]


def test_resources_of_one_name_in_two_components_are_told_apart_by_what_the_document_depends_on() -> None:
    """Both are children of components of different types, so that the engine takes both names."""
    text = f"""def make(parent):
    opts = pulumi.ResourceOptions(parent=parent)
    made = aws.sqs.Queue("jobs", opts=opts)
    {policy_about("made.arn", '"jobs", opts=opts')}
make(first)
make(second)
"""
    context = Context("test", "dev", program=Program(text))
    made = []
    for parent, about in (("A", "A"), ("B", "A")):
        queue, other, bucket = (
            _child(resource(type_, "jobs", with_context=context), of)
            for type_, of in ((QUEUE, parent), (QUEUE, about), (BUCKET, parent))
        )
        queues = [{"queueArn": ref(queue), "events": ["s3:ObjectCreated:*"]}]
        policy = resource(QUEUE_POLICY, "jobs", with_context=context, queueUrl=ref(queue), policy=ref(other))
        user = resource(NOTIFICATION, "jobs", bucket=ref(bucket), queues=queues)
        made += [queue, bucket, _child(policy, parent), _child(user, parent)]
    # Of B, the engine says that the policy is made from the queue of A.
    decision = decide(POLICIES["service-access-to-targets"], *made)
    assert decision.violations == ["jobs.policy"]


def _child(made: Resource, parent: str) -> Resource:
    made.urn = made.urn.replace(f"::{made.type}::", f"::test:index:{parent}${made.type}::")
    return made


STATES = '{"States": {"Run": {"Type": "Task", "Resource": RESOURCE, "Parameters": {"Key": PARAMETER}}}}'


@pytest.mark.parametrize(
    ("run", "parameter", "allowed", "violations", "undecided"),
    [
        ("ours.arn", '"a"', "ours", [], []),
        ("ours.arn", '"a"', "theirs", ["it.definition.states.run.resource"], []),
        # A name is none of what state machines run, and who knows what the rest is.
        ("ours.arn", "theirs.name", "ours", [], []),
        ("ours.arn", "password.result", "ours", [], ["it.definition"]),
        ("password.result", '"a"', "theirs", [], ["it.definition"]),
    ],
)
def test_what_a_definition_makes_a_state_machine_run_is_told_by_the_source(
    run: str, parameter: str, allowed: str, violations: list[str], undecided: list[str]
) -> None:
    definition = STATES.replace("RESOURCE", run).replace("PARAMETER", parameter)
    text = f"""ours, theirs = aws.lambda_.Function("ours"), aws.lambda_.Function("theirs")
aws.sfn.StateMachine("it", definition=pulumi.Output.json_dumps({definition}))
"""
    context = Context("test", "dev", program=Program(text))
    functions = {name: resource(FUNCTION, name, name=name, with_context=context) for name in ("ours", "theirs")}
    statement = {"Effect": "Allow", "Action": "lambda:*", "Resource": f"arn:aws:lambda:*:*:function:{allowed}"}
    role = resource(ROLE, "role", with_context=context, inlinePolicies=[{"policy": {"Statement": [statement]}}])
    machine = resource(
        "aws:sfn/stateMachine:StateMachine",
        with_context=context,
        roleArn=ref(role),
        definition=ref(list(functions.values())),
    )
    decision = decide(POLICIES["role-access"], role, machine, *functions.values())
    assert (decision.violations, decision.undecided) == (violations, undecided)


def test_the_question_is_about_what_nothing_tells() -> None:
    """The ARN of the queue is told, so that the question is about the other statement."""
    statements = f'{{{SEND}, "Resource": b.arn}}, {{{SEND}, "Resource": pulumi.Config().require_secret("arn")}}'
    text = f"""a, b = aws.sqs.Queue("a"), aws.sqs.Queue("b")
aws.sqs.QueuePolicy("a", queue_url=a.id, policy=pulumi.Output.json_dumps({{"Statement": [{statements}]}}))
{policy_about("b.arn", '"b"', "b")}"""
    decision = queues_notified(text, ["a", "b"], on={"a": ["a", "b"]})
    assert (decision.violations, decision.undecided) == ([], ["a.policy.Statement[1].Resource"])
