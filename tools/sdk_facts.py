"""
What the Pulumi SDKs have, read from their source.

`python -m tools.sdk_facts` rewrites `policypack/data/pulumi_3.json.xz` and `pulumi_aws_7.json.xz` from the installed
SDKs (two minutes). `python -m tools.sdk_facts FOLDER` does so for the SDKs in another folder of packages, such as an
older pulumi-aws: `pip install --no-deps --target FOLDER 'pulumi-aws<7'`.
"""

from __future__ import annotations

import ast
import json
import lzma
import re
import sys
import sysconfig
from collections.abc import Iterator
from datetime import date
from importlib.metadata import distributions
from pathlib import Path
from typing import Any, Final

from policypack.lint.installed_sdk import InstalledSdk, parameters_of, schema_names_of
from policypack.lint.sdk_facts import FOLDER, file_of, names_with
from policypack.source.values import camel

_DEPRECATED: Final = re.compile(
    r'^warnings\.warn\("""aws\.[\w/.]+ has been deprecated in favor of aws\.(\w+)(?:/\w+)?\.(\w+)"""', re.MULTILINE
)


def generate(packages: Path, package: str) -> dict[str, Any]:
    """
    The content of a file of facts (policypack.lint.sdk_facts reads it).

    :param packages: the folder of packages that the SDK is in.
    """
    version = next(
        each.version for each in distributions(path=[str(packages)]) if each.name.replace("-", "_") == package
    )
    sdk = InstalledSdk(packages)
    folders = [each.parent for each in sorted((packages / package).rglob("__init__.py"))]
    modules = {".".join(folder.relative_to(packages).parts): folder for folder in folders}
    if package == "pulumi":
        found = {module: _by_reading(sdk, module) for module in _modules(packages, package)}
    else:
        found = {module: _generated(sdk, module, folder) for module, folder in modules.items()}
    distribution = package.replace("_", "-")
    return {
        "source": f"{distribution} {version} (https://pypi.org/project/{distribution}/{version}/)",
        "date": date.today().isoformat(),
        "max_age": 365,
        "version": version,
        "modules": {module: said for module, said in found.items() if said},
    }


def _modules(packages: Path, package: str) -> Iterator[str]:
    """The modules of a package that people write, without what is private or generated from protocols."""
    for file in sorted((packages / package).rglob("*.py")):
        parts = file.relative_to(packages).with_suffix("").parts
        parts = parts[:-1] if parts[-1] == "__init__" else parts
        if "proto" not in parts and not any(part.startswith("_") for part in parts):
            yield ".".join(parts)


def _by_reading(sdk: InstalledSdk, module: str) -> dict[str, Any] | None:
    """The facts about a module, as the lint reads it from the installed SDK."""
    names = sdk.names(module)
    if names is None:
        return None
    things: dict[str, list[str | None]] = {}
    for name in sorted(names):
        full_name = f"{module}.{name}"
        values = sdk.values(full_name)
        if values is not None:
            things[name] = ["enum", "", None, " ".join(sorted(values))]
        elif (signature := sdk.signature(full_name)) or sdk.members(full_name):
            takes = None
            if signature and not signature.is_open:
                takes = " ".join(f"{each.name}:a{'!' * each.is_required}" for each in signature.parameters.values())
            members = sdk.members(full_name)
            things[name] = ["class", "", takes, None if members is None else " ".join(sorted(members))]
    return {"names": " ".join(sorted(names - things.keys())), "things": things}


def _generated(sdk: InstalledSdk, module: str, folder: Path) -> dict[str, Any] | None:
    """The facts about a module that Pulumi's generator wrote."""
    names = sdk.names(module)
    if names is None:
        return None
    things: dict[str, list[str | None]] = {}
    for file in sorted(folder.glob("*.py")):
        if file.name != "outputs.py":
            text = file.read_text()
            for name, thing in _things(text):
                # A resource or function that is deprecated says so at the top of its file.
                is_named = thing[0] in ("resource", "function")
                things[name] = [*thing, successor] if is_named and (successor := _successor(text)) else thing
    derived = {each for name, thing in things.items() for each in names_with(name, thing[0])}  # type: ignore[arg-type]
    if wrong := derived - names:
        raise LookupError(f"{module} has no {', '.join(sorted(wrong)[:9])}")
    return {"names": " ".join(sorted(names - derived)), "things": things}


def _successor(text: str) -> str:
    match = _DEPRECATED.search(text)
    return f"{match[1]}.{match[2]}" if match else ""


def _things(text: str) -> Iterator[tuple[str, list[str | None]]]:
    """What a file of a generated SDK defines."""
    for node in ast.parse(text).body:
        match node:
            case ast.ClassDef(name=name) if not name.startswith("_"):
                if thing := _class(node, text):
                    yield name, thing
            case ast.FunctionDef(name=name) if not name.endswith("_output") and (token := _token(node, "invoke")):
                yield name, ["function", token, _written(node, None, {}), None]


def _class(node: ast.ClassDef, text: str) -> list[str | None] | None:
    methods = {each.name: each for each in node.body if isinstance(each, ast.FunctionDef)}
    decorators = [ast.unparse(each) for each in node.decorator_list]
    schema_names = schema_names_of(node)
    has = " ".join(_name(name, found) for name, found in sorted(schema_names.items()))
    if any("Enum" in ast.unparse(base) for base in node.bases):
        members = (each.targets[0] for each in node.body if isinstance(each, ast.Assign))
        return ["enum", "", None, " ".join(ast.unparse(each) for each in members)]
    if init := methods.get("_internal_init"):
        lines = text.split("\n")[init.lineno : init.end_lineno]
        required = frozenset(re.findall(r"^ +if (\w+) is None and not opts\.urn:$", "\n".join(lines), re.MULTILINE))
        return ["resource", _token(init, "__init__"), _written(init, required, _of_args(text, node.name)), has]
    if "pulumi.input_type" in decorators and not _is_args_of_resource(node, text):
        return ["input", "", _written(methods["__init__"], None, schema_names), None]
    if "pulumi.output_type" in decorators:
        return ["result", "", None, has]
    return None


def _is_args_of_resource(node: ast.ClassDef, text: str) -> bool:
    resource = re.sub(r"(?:Init)?Args$", "", node.name)
    return any(f"\nclass {resource}(pulumi.{base})" in text for base in ("CustomResource", "ProviderResource"))


def _of_args(text: str, resource: str) -> dict[str, str]:
    """The names in the schema of a resource's inputs, by their names in Python."""
    tree = ast.parse(text)
    wanted = (f"{resource}Args", f"{resource}InitArgs")
    args = next(each for each in tree.body if isinstance(each, ast.ClassDef) and each.name in wanted)
    return schema_names_of(args)


def _token(function: ast.FunctionDef, called: str) -> str:
    """The token that a function gives to the one that registers or asks."""
    for node in ast.walk(function):
        match node:
            case ast.Call(func=ast.Attribute(attr=attr), args=[ast.Constant(value=str(token)), *_]) if attr == called:
                return token if ":" in token else f"pulumi:providers:{token}"
    return ""


def _written(function: ast.FunctionDef, required: frozenset[str] | None, schema_names: dict[str, str]) -> str:
    """The parameters of a function, as policypack.lint.sdk_facts reads them."""
    return " ".join(
        f"{_name(each.name, each.schema_name)}{f':{each.shape}' * (each.shape != 's')}{'!' * each.is_required}"
        for each in parameters_of(function, required, schema_names)
    )


def _name(name: str, schema_name: str) -> str:
    return f"{name}={schema_name}" if schema_name and schema_name != camel(name) else name


def main() -> None:
    """Rewrites the files of facts about the SDKs that are in a folder."""
    packages = Path(sys.argv[1] if len(sys.argv) > 1 else sysconfig.get_path("purelib"))
    for package in ("pulumi", "pulumi_aws"):
        if (packages / package).is_dir():
            content = generate(packages, package)
            file = file_of(package, int(content["version"].split(".")[0]))
            data = json.dumps(content, separators=(",", ":")).encode()
            file.write_bytes(lzma.compress(data, preset=9 | lzma.PRESET_EXTREME))
            print(f"{file.relative_to(FOLDER.parent.parent)}: {file.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
