"""Makes policypack/data/engine_versions.json anew: `python -m tools.engine_versions`.

The versions are those that cfn-lint's release on PyPI has; its maintainers ask AWS's API for them (in us-east-1:
DescribeDBEngineVersions with IncludeAll, DescribeOrderableDBInstanceOptions, DescribeCacheEngineVersions). The wheel is
downloaded into a temporary folder and only read; cfn-lint is not installed.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from policypack.data.engine_versions import FILE, is_of, sort_key

MAJOR_PARTS = {
    "aurora-mysql": 2,
    "aurora-postgresql": 1,
    "mariadb": 2,
    "memcached": 2,
    "mysql": 2,
    "postgres": 1,
    "redis": 1,
    "sqlserver-ee": 2,
    "sqlserver-ex": 2,
    "sqlserver-se": 2,
    "sqlserver-web": 2,
    "valkey": 1,
}
"""The engines that the data is about, each with the number of parts that make its major version: 15 of 15.13."""

BASELINE = "1.41.0"
"""The last release whose lists had only what AWS offered; those since then have the retired versions too, and say which
they are for some engines only. What is older than its lists is known to be retired for the others."""

MAX_AGE = 180
"""The number of days after which the file has to be made anew."""

_SCHEMAS = "cfnlint/data/schemas"
_KNOWN = ("aws_rds_dbinstance/engine_version", "aws_elasticache_cachecluster/engine_version")
_RETIRED = "aws_rds_dbinstance/engine_version_deprecated"
_ORDERABLE = "aws_rds_dbinstance/db_instance_class"

Versions = Mapping[str, frozenset[str]]
"""Versions by engine."""


@dataclass(frozen=True)
class Release:
    """What a release of cfn-lint has: `known` versions, those that it says are `retired`, and when AWS was asked.

    `orderable` has, by engine, the beginnings (two parts) of the versions of which something can be ordered.
    """

    version: str
    date: str
    known: Versions
    retired: Versions
    orderable: Versions


def read(wheel: Path) -> Release:
    """Reads a wheel of cfn-lint, of the baseline's time or newer."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())

        def load(name: str) -> dict[str, Any]:
            path = f"{_SCHEMAS}/{name}.json"
            return json.loads(archive.read(path)) if path in names else {}

        return Release(
            version=wheel.name.split("-")[1],
            date=load("version").get("schema_date", "")[:10],
            known={engine: of for name in _KNOWN for engine, of in _by_engine(load(f"extensions/{name}")).items()},
            retired=_by_engine(load(f"extensions/{_RETIRED}")),
            orderable=_by_engine(load(f"extensions/{_ORDERABLE}")),
        )


def _by_engine(schema: Mapping[str, Any]) -> Versions:
    """The versions in a schema's rules, which read: if the engine is this (of that version), its version is that."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for rule in schema.get("allOf", ()):
        condition, consequence = rule["if"]["properties"], rule["then"] or {}
        versions = found[condition["Engine"].get("const", "")]
        for said in (condition, consequence.get("properties", {})):
            version = said.get("EngineVersion", {})
            versions.update(version.get("enum", ()))
            if pattern := version.get("pattern"):  # ^(10\.11\..+|10\.11)$
                versions.add(pattern.split("|")[-1].removesuffix(")$").replace("\\", ""))
    return {engine: frozenset(versions) for engine, versions in found.items()}


def compile_versions(newest: Release, baseline: Release, previous: Mapping[str, Any]) -> dict[str, Any]:
    """The content of the data file: by engine and major version, what is offered, and what has been once.

    :param newest: where the versions come from.
    :param baseline: a release that lists only what was offered in its time.
    :param previous: the data file so far, for what has been offered and is listed nowhere any more.
    """
    if lost := [engine for engine in MAJOR_PARTS if not newest.known.get(engine)]:
        raise SystemExit(f"cfn-lint {newest.version} has no versions of {', '.join(lost)}: see what its files are now")
    engines: dict[str, Any] = {}
    for engine, parts in MAJOR_PARTS.items():
        known = {version for version in newest.known[engine] if version != major(version, parts)}
        retired = known & (newest.retired[engine] if engine in newest.retired else _missing(engine, known, baseline))
        if orderable := newest.orderable.get(engine):
            retired |= {version for version in known if not any(is_of(version, start) for start in orderable)}
        offered = known - retired
        before = previous.get("engines", {}).get(engine, {})
        retired |= _versions(*before.values()) - offered
        engines[engine] = {"offered": _rows(offered, parts), "retired": _rows(retired, parts)}
    source = (
        f"cfn-lint {newest.version} (https://pypi.org/project/cfn-lint/{newest.version}/), from AWS's API in us-east-1"
    )
    return {"source": source, "date": newest.date, "max_age": MAX_AGE, "engines": engines}


def _missing(engine: str, known: Iterable[str], baseline: Release) -> set[str]:
    """The versions that the baseline lacks though it has newer ones of the same major version, or of any."""
    offered = baseline.known[engine]
    parts = MAJOR_PARTS[engine]

    def is_older(version: str) -> bool:
        same = [other for other in offered if major(other, parts) == major(version, parts)]
        return sort_key(version) < max(map(sort_key, same or offered))

    return {version for version in known if version not in offered and is_older(version)}


def major(version: str, parts: int) -> str:
    """The major version; before PostgreSQL 10 it has two parts, as in 9.6."""
    split = version.split(".")
    return ".".join(split[: 2 if parts == 1 and split[0] == "9" and len(split) > 2 else parts])


def _rows(versions: Iterable[str], parts: int) -> dict[str, str]:
    rows: defaultdict[str, list[str]] = defaultdict(list)
    for version in sorted(versions, key=sort_key):
        rows[major(version, parts)].append(version)
    return {name: " ".join(row) for name, row in rows.items()}


def _versions(*by_major: Mapping[str, str]) -> set[str]:
    return {version for rows in by_major for row in rows.values() for version in row.split()}


def download(release: str, folder: Path) -> Path:
    """The wheel of a release of cfn-lint (`==1.41.0`; the newest when empty), from PyPI into a folder of its own."""
    command = (sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps")
    subprocess.run([*command, "--only-binary", ":all:", "--dest", str(folder), f"cfn-lint{release}"], check=True)
    return next(folder.glob("cfn_lint-*.whl"))


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """What is offered now and was not before, and the other way round, a line for each engine."""
    lines = []
    for engine, of in after["engines"].items():
        old = _versions(before.get("engines", {}).get(engine, {}).get("offered", {}))
        new = _versions(of["offered"])
        for sign, versions in (("+", new - old), ("-", old - new)):
            if versions:
                lines.append(" ".join([f"{engine}:", *(sign + each for each in sorted(versions, key=sort_key))]))
    return lines


def main(arguments: list[str] | None = None, fetch: Callable[[str, Path], Path] = download, file: Path = FILE) -> None:
    """Writes the data file and prints what changed in it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--release", default="", help="the release of cfn-lint to read; by default the newest")
    release = parser.parse_args(arguments).release
    previous = json.loads(file.read_text()) if file.exists() else {}
    with tempfile.TemporaryDirectory() as folder:
        newest = read(fetch(f"=={release}" if release else "", Path(folder, "newest")))
        baseline = read(fetch(f"=={BASELINE}", Path(folder, "baseline")))
    data = compile_versions(newest, baseline, previous)
    file.write_text(json.dumps(data, indent=2) + "\n")
    print("\n".join([f"{file.name}: {data['source']}, {data['date']}", *changes(previous, data)]))


if __name__ == "__main__":
    main()
