"""Database TLS: whether databases refuse connections without it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from policypack.config import Config
from policypack.model import Resource
from policypack.policy import resource_policy
from policypack.verdict import Undecided, Verdicts, Violation

# Database parameters that turn TLS off, by the parameter's name.
# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/PostgreSQL.Concepts.General.SSL.html
# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/mysql-ssl-connections.require-ssl.html
# https://docs.aws.amazon.com/documentdb/latest/developerguide/security.encryption.ssl.html
# https://docs.aws.amazon.com/redshift/latest/mgmt/connecting-ssl-support.html
_TLS_OFF: Final[Mapping[str, tuple[frozenset[str], str]]] = {
    "rds.force_ssl": (frozenset({"0", "off", "false"}), "1"),
    "require_secure_transport": (frozenset({"0", "off", "false"}), "1"),
    "tls": (frozenset({"disabled"}), "enabled"),
    "require_ssl": (frozenset({"0", "off", "false"}), "true"),
}

_INSTANCES: Final = "aws:rds/parameterGroup:ParameterGroup"
_CLUSTERS: Final = "aws:rds/clusterParameterGroup:ClusterParameterGroup"
_DOCUMENTS: Final = "aws:docdb/clusterParameterGroup:ClusterParameterGroup"
_WAREHOUSES: Final = "aws:redshift/parameterGroup:ParameterGroup"
_WORKGROUP: Final = "aws:redshiftserverless/workgroup:Workgroup"
_NAMES: Final[Mapping[str, tuple[str, str, str]]] = {
    **dict.fromkeys((_INSTANCES, _CLUSTERS, _DOCUMENTS, _WAREHOUSES), ("parameters", "name", "value")),
    _WORKGROUP: ("configParameters", "parameterKey", "parameterValue"),
}
"""Where each type lists its parameters, and where a parameter has its name and its value."""


_Version = tuple[int, ...]


class _Default(NamedTuple):
    """
    Families of parameter groups whose databases may accept plain connections unless a parameter says otherwise.

    :param types: the parameter groups that take the parameter; Aurora takes it for the whole cluster.
    :param family: the families' names, up to the version.
    :param is_off: whether a version accepts plain connections by default, and has the parameter.
    """

    types: tuple[str, ...]
    family: str
    is_off: Callable[[_Version], bool]
    parameter: str


_RDS: Final = (_INSTANCES, _CLUSTERS)
_DEFAULTS: Final = (
    # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/PostgreSQL.Concepts.General.SSL.html: on from 15 on
    _Default(_RDS, "postgres", lambda version: version < (15,), "rds.force_ssl"),
    # https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraPostgreSQL.Security.html: on from 17 on
    _Default((_CLUSTERS,), "aurora-postgresql", lambda version: version < (17,), "rds.force_ssl"),
    # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/mysql-ssl-connections.require-ssl.html: off up to 8.4
    _Default(_RDS, "mysql", lambda version: (5, 7) <= version < (8, 5), "require_secure_transport"),
    # https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Security.html
    _Default((_CLUSTERS,), "aurora-mysql", lambda version: version < (8, 5), "require_secure_transport"),
    # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/mariadb-ssl-connections.require-ssl.html: from 10.5 on, and
    # on from 11.8 on
    _Default(_RDS, "mariadb", lambda version: (10, 5) <= version < (11, 8), "require_secure_transport"),
    # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/SQLServer.Concepts.General.SSL.Using.html: off in all
    *(
        _Default((_INSTANCES,), f"sqlserver-{edition}-", lambda version: version >= (11,), "rds.force_ssl")
        for edition in ("dev-ee", "ee", "ex", "se", "web")
    ),
    # https://docs.aws.amazon.com/redshift/latest/mgmt/connecting-ssl-support.html: on in redshift-2.0
    _Default((_WAREHOUSES,), "redshift-", lambda version: version < (2,), "require_ssl"),
)
_FAMILY: Final = re.compile(r"([a-z-]{1,20})([0-9]{1,3})(?:\.([0-9]{1,3}))?")
_CLIENTS: Final = "Clients that do not use TLS can then no longer connect: change them first."
_REBOOT: Final = "The change takes effect once the {} been rebooted."
# Where the parameter is static: AWS refuses to change it immediately, which is what the provider asks for by default.
# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/SQLServer.Concepts.General.SSL.Using.html
# https://docs.aws.amazon.com/documentdb/latest/developerguide/cluster_parameter_groups-list_of_parameters.html
# https://docs.aws.amazon.com/redshift/latest/mgmt/working-with-parameter-groups.html
_STATIC: Final[Mapping[str, str]] = {
    _DOCUMENTS: _REBOOT.format("cluster's instances have"),
    _WAREHOUSES: _REBOOT.format("cluster has"),
}


# The controls by the beginning of a family's name, or of a type's. Of Aurora, AWS has none.
_CONTROLS: Final = {
    "postgres": ("Security Hub RDS.38",),
    "mysql": ("Security Hub RDS.39",),
    "sqlserver": ("FSBP RDS.41",),
    "mariadb": ("FSBP RDS.44",),
    "docdb": ("FSBP DocumentDB.6",),
    "redshift": ("FSBP Redshift.2",),
    "serverless": ("FSBP RedshiftServerless.2",),
}


@resource_policy(
    id="database-force-ssl",
    title="Databases refuse connections without TLS",
    types=_NAMES,
    severity="high",
    fix=f"Let the database refuse connections without TLS. {_CLIENTS}",
    frameworks=tuple(control for controls in _CONTROLS.values() for control in controls),
    url="https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/sec_protect_data_transit_encrypt.html",
)
def database_force_ssl(group: Resource, config: Config) -> Verdicts:
    """
    A client that does not ask for TLS connects without it, unnoticed: its password and the rows that it reads travel in
    plain text.
    """
    listing, name_of, value_of = _NAMES[group.type]
    names: set[str] = set()
    for parameter in group.each(f"{listing}[]"):
        name = parameter.get(name_of)
        if name.is_unknown:
            yield Undecided(name, "does it turn TLS off?")
            names.update(_TLS_OFF)  # it may be any of them
        elif name.text in _TLS_OFF:
            names.add(name.text)
            value = parameter.get(value_of)
            wrong, right = _TLS_OFF[name.text]
            if value.is_unknown:
                yield Undecided(value, "does it turn TLS off?")
            elif value.text.lower() in wrong:
                yield Violation(
                    value,
                    f"{value.path} of the parameter {name.shown} is {value.shown}: the database accepts connections "
                    "without TLS.",
                    fix=f'Set {value.path} to "{right}"{_how_applied(group)} {_CLIENTS}',
                    controls=_controls(group),
                )
    yield from _default(group, names)


def _controls(group: Resource) -> tuple[str, ...]:
    family = "serverless" if group.type == _WORKGROUP else group.get("family").text
    return next((controls for name, controls in _CONTROLS.items() if family.startswith(name)), ())


def _default(group: Resource, names: set[str]) -> Verdicts:
    """What leaving the parameter out means; advice, since nobody turned TLS off."""
    listing = group.get(_NAMES[group.type][0])
    if group.type == _WORKGROUP:
        if "require_ssl" not in names:
            yield Violation(
                listing,
                f"{listing.path} does not set require_ssl: nothing makes the workgroup refuse connections without TLS.",
                fix=f'Add parameterKey "require_ssl" with parameterValue "true" to {listing.path}. {_CLIENTS}',
                level="advisory",
                controls=_controls(group),
            )
        return
    family = group.get("family")
    if family.is_unknown:
        if names.isdisjoint(_TLS_OFF):
            yield Undecided(family, "does it accept connections without TLS by default?")
        return
    parameter = _off_by_default(group.type, family.text)
    if parameter and parameter not in names:
        right = _TLS_OFF[parameter][1]
        yield Violation(
            listing,
            f"{listing.path} does not set {parameter}, which is off by default in the family {family.shown}: the "
            "database accepts connections without TLS.",
            fix=f'Add name "{parameter}" with value "{right}" to {listing.path}{_how_applied(group)} {_CLIENTS}',
            level="advisory",
            controls=_controls(group),
        )


def _how_applied(group: Resource) -> str:
    """The end of the sentence that says what to write: what the change needs to take effect."""
    if group.type == _INSTANCES and group.get("family").text.startswith("sqlserver"):
        return f' and its applyMethod to "pending-reboot". {_REBOOT.format("instance has")}'
    return f". {_STATIC[group.type]}" if group.type in _STATIC else "."


def _off_by_default(type_: str, family: str) -> str:
    """The parameter that lets a family of parameter groups refuse plain connections and is off by default; or empty."""
    match = _FAMILY.fullmatch(family)
    if not match:
        return ""
    version = tuple(int(part) for part in match.groups()[1:] if part)
    return next(
        (
            each.parameter
            for each in _DEFAULTS
            if (type_ in each.types and match[1] == each.family and each.is_off(version))
        ),
        "",
    )
