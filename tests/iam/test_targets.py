"""Which resource of the stack a text names, in each form that AWS's services take."""

from __future__ import annotations

from typing import Final

import pytest

from policypack.data.role_wirings import REPOSITORY, SECRET, TABLE
from policypack.data.wirings import BUCKET, FUNCTION, LOG_GROUP
from policypack.iam.targets import targets_of
from policypack.model import Context, Stack
from policypack.testing import resource

USER: Final = "test:index:User"
AT: Final = "eu-west-1:111122223333"
FORMS = [
    (TABLE, "name", f"arn:aws:dynamodb:{AT}:table/orders/stream/2026-01-01T00:00:00.000"),
    (TABLE, "name", f"arn:aws:dynamodb:{AT}:table/orders"),
    (FUNCTION, "name", f"arn:aws:lambda:{AT}:function:orders:live"),
    (
        FUNCTION,
        "name",
        f"arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:{AT}:function:orders/invocations",
    ),
    (LOG_GROUP, "name", f"arn:aws:logs:{AT}:log-group:orders:*"),
    (SECRET, "name", f"arn:aws:secretsmanager:{AT}:secret:orders:password::"),
    (BUCKET, "bucket", "arn:aws:s3:::orders"),
    (BUCKET, "bucket", "s3://orders/reports/"),
    (BUCKET, "bucket", "orders.s3.eu-west-1.amazonaws.com"),
    (REPOSITORY, "name", "111122223333.dkr.ecr.eu-west-1.amazonaws.com/orders:1.2"),
    (REPOSITORY, "name", "111122223333.dkr.ecr.eu-west-1.amazonaws.com/orders@sha256:0a1b"),
]


@pytest.mark.parametrize(("type_", "name", "text"), FORMS)
def test_a_text_names_the_resource_with_its_name_and_no_other(type_: str, name: str, text: str) -> None:
    outputs = {"repositoryUrl": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/orders"} if type_ == REPOSITORY else {}
    named = resource(type_, "named", with_outputs=outputs, **{name: "orders"})
    other = resource(type_, "other", **{name: "order"})
    stack = Stack([named, other, resource(USER, target=text)], Context())
    [user] = stack.of_type(USER)
    assert [target.name for target in targets_of(user.get("target"), type_)] == ["named"]
