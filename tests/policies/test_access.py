"""Policies about who has access."""

from __future__ import annotations

from policypack.testing import UNKNOWN, ref, resource
from tests.support import check


def test_an_access_point_needs_a_directory_and_a_user() -> None:
    point = resource("aws:efs/accessPoint:AccessPoint", "files")
    assert check("access-paths", point).violations == ["files.rootDirectory.path", "files.posixUser.uid"]
    right = {"rootDirectory": {"path": "/orders"}, "posixUser": {"uid": 1000, "gid": 1000}}
    assert check("access-paths", resource("aws:efs/accessPoint:AccessPoint", **right)).is_clean
    unknown = {**right, "rootDirectory": UNKNOWN}
    assert check("access-paths", resource("aws:efs/accessPoint:AccessPoint", **unknown)).undecided


def test_rights_of_users_are_reported_and_those_of_roles_are_not() -> None:
    attachment = "aws:iam/policyAttachment:PolicyAttachment"
    assert check("access-paths", resource(attachment, "a", users=["deployer"])).violations == ["a.users"]
    assert check("access-paths", resource(attachment, roles=["deployer"])).is_clean


def test_a_subordinate_authority_stays_on() -> None:
    authority = "aws:acmpca/certificateAuthority:CertificateAuthority"
    assert check("narrowed-settings", resource(authority)).is_clean
    assert check("narrowed-settings", resource(authority, type="ROOT")).violations == ["it.enabled"]
    bus = resource("aws:cloudwatch/eventBus:EventBus", "orders")
    policy = resource("aws:cloudwatch/eventBusPolicy:EventBusPolicy", eventBusName=ref(bus))
    assert check("narrowed-settings", bus, policy).is_clean
