"""TypeScript and JavaScript programs against the declaration files of SDKs that are installed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from policypack.lint import declarations
from policypack.lint.notes import notes_on_sdks
from policypack.lint.pack import lint
from policypack.lint.project import Project
from policypack.record import Finding
from tests.lint.support import found, lint_files, project, typescript

PACKAGE = "node_modules/@pulumi/shop"
# What Pulumi's generator and TypeScript's compiler make of a provider's schema.
SHOP = {
    "index.d.ts": """
export { ProviderArgs } from "./provider";
export type Provider = import("./provider").Provider;
export declare const Provider: typeof import("./provider").Provider;
import * as store from "./store";
import * as types from "./types";
export { store, types, };
""",
    "provider.d.ts": """
import * as pulumi from "@pulumi/pulumi";
export declare class Provider extends pulumi.ProviderResource {
    constructor(name: string, args?: ProviderArgs, opts?: pulumi.ResourceOptions);
}
export interface ProviderArgs {
    region?: pulumi.Input<string>;
}
""",
    "store/index.d.ts": """
export { ShelfArgs, ShelfState } from "./shelf";
export type Shelf = import("./shelf").Shelf;
export declare const Shelf: typeof import("./shelf").Shelf;
export { GetShelfArgs, GetShelfResult } from "./getShelf";
export declare const getShelf: typeof import("./getShelf").getShelf;
export declare const getShelfOutput: typeof import("./getShelf").getShelfOutput;
export * from "./wall";
export * from "./mixins";
export * from "../types/enums/store";
""",
    "store/shelf.d.ts": """
import * as pulumi from "@pulumi/pulumi";
import * as inputs from "../types/input";
import * as enums from "../types/enums";
import { Wall } from "./index";
export declare class Shelf extends pulumi.CustomResource {
    static get(name: string, id: pulumi.Input<pulumi.ID>, state?: ShelfState): Shelf;
    readonly arn: pulumi.Output<string>;
    /**
     * The boards.
     */
    readonly boards: pulumi.Output<string[] | undefined>;
    constructor(name: string, args: ShelfArgs, opts?: pulumi.CustomResourceOptions);
}
export interface ShelfState {
    arn?: pulumi.Input<string>;
}
export interface ShelfArgs {
    boards?: pulumi.Input<pulumi.Input<inputs.store.ShelfBoard>[] | undefined>;
    colour?: pulumi.Input<string | enums.store.Colour>;
    labels?: pulumi.Input<{
        [key: string]: pulumi.Input<string>;
    }>;
    /**
     * @deprecated paint is deprecated. Use colour instead
     */
    paint?: pulumi.Input<string>;
    wall: pulumi.Input<string | Wall>;
    widths?: pulumi.Input<pulumi.Input<number>[]>;
    options?: pulumi.Input<{
        isOak?: boolean;
    }>;
}
""",
    "store/wall.d.ts": """
import * as pulumi from "@pulumi/pulumi";
/**
 * @deprecated Wall is made of bricks no more.
 */
export declare class Wall extends pulumi.ComponentResource {
    readonly shelf: pulumi.Output<string>;
    constructor(name: string, args?: WallArgs, opts?: pulumi.ComponentResourceOptions);
}
export interface WallArgs extends Base {
    height?: number;
}
interface Base {
    anchor: pulumi.Input<string>;
}
export interface OpenArgs {
    [key: string]: any;
}
export declare class Open extends pulumi.CustomResource {
    constructor(name: string, args?: OpenArgs, opts?: pulumi.CustomResourceOptions);
}
export declare class Odd extends Elsewhere {
    constructor(name: string, args?: WallArgs, opts?: pulumi.CustomResourceOptions);
}
""",
    "store/mixins.d.ts": """
declare module "./shelf" {
    interface Shelf {
        boardsOf(name: string): void;
    }
}
export {};
""",
    "store/getShelf.d.ts": """
import * as pulumi from "@pulumi/pulumi";
export declare function getShelf(args: GetShelfArgs, opts?: pulumi.InvokeOptions): Promise<GetShelfResult>;
export interface GetShelfArgs {
    shelfName: string;
}
export interface GetShelfResult {
    readonly arn: string;
}
export declare function getShelfOutput(
    args: GetShelfArgs, opts?: pulumi.InvokeOutputOptions
): pulumi.Output<GetShelfResult>;
""",
    "types/index.d.ts": """
import * as enums from "./enums";
import * as input from "./input";
export { enums, input, };
""",
    "types/enums/index.d.ts": """
import * as store from "./store";
export { store, };
""",
    "types/enums/store/index.d.ts": """
export declare const Colour: {
    readonly Red: "red";
    /**
     * The colour of the sea.
     */
    readonly Blue: "blue";
};
export type Colour = (typeof Colour)[keyof typeof Colour];
""",
    "types/input.d.ts": """
import * as pulumi from "@pulumi/pulumi";
import * as inputs from "../types/input";
export declare namespace store {
    interface ShelfBoard {
        length: pulumi.Input<number>;
        screws?: pulumi.Input<pulumi.Input<inputs.store.ShelfBoardScrew>[]>;
    }
    interface ShelfBoardScrew {
        size?: pulumi.Input<number>;
    }
}
""",
}


def installed(program: str, name: str = "@pulumi/shop", **more: str) -> dict[str, str]:
    """A project with a program, and an SDK that is installed in it."""
    folder = f"node_modules/{name}"
    said = json.dumps({"name": name, "version": "1.2.3", "main": "index.js"})
    sdk = {f"{folder}/{file}": text for file, text in SHOP.items()}
    files = typescript(f'import * as shop from "{name}";\n{program}')
    return {**files, **sdk, f"{folder}/package.json": said, **more}


def names(folder: Path, program: str) -> list[str]:
    """What is found of names, without the file and line."""
    return [each.partition(": ")[2] for each in found(folder, installed(program), "sdk-names")]


@pytest.mark.parametrize(
    ("program", "message", "fix"),
    [
        ("shop.stores;", "shop has no 'stores' in @pulumi/shop 1.2.3.", "Write shop.store."),
        ("shop.store.Shelve;", "shop.store has no 'Shelve' in @pulumi/shop 1.2.3.", "Write shop.store.Shelf."),
        (
            "shop.store.Colour.Blu;",
            "shop.store.Colour has no 'Blu' in @pulumi/shop 1.2.3.",
            "Write shop.store.Colour.Blue.",
        ),
        (
            "const x: shop.types.enums.stores.Colour = 1;",
            "shop.types.enums has no 'stores' in @pulumi/shop 1.2.3.",
            "Write shop.types.enums.store.",
        ),
        (
            'import { Shelv } from "@pulumi/shop/store";',
            "shop.store has no 'Shelv' in @pulumi/shop 1.2.3.",
            "Write shop.store.Shelf.",
        ),
        ("shop.zzzzzz;", "shop has no 'zzzzzz' in @pulumi/shop 1.2.3.", "Use a name that the SDK has: "),
        (
            'new shop.store.Shelf("s", { wall: "w", board: [] });',
            "shop.store.Shelf has no property 'board'.",
            "Write boards instead of board, which is a list.",
        ),
        ('new shop.store.Shelf("s");', "shop.store.Shelf requires wall, which is missing.", "Add wall."),
        (
            'new shop.store.Shelf("s", { wall: "w", boards: [{ lenght: 1 }] });',
            "boards of shop.store.Shelf has no property 'lenght'.",
            "Write length instead of lenght.",
        ),
        (
            'new shop.store.Shelf("s", { wall: "w", boards: [{ length: 1, screws: [{ sise: 1 }] }] });',
            "screws of boards of shop.store.Shelf has no property 'sise'.",
            "Write size instead of sise.",
        ),
        (
            'new shop.store.Shelf("s", { wall: "w", options: { isOk: true } });',
            "options of shop.store.Shelf has no property 'isOk'.",
            "Write isOak instead of isOk.",
        ),
        (
            'new shop.store.Shelf("s", { wall: "w", widths: 3 as any, boards: "x" });',
            "boards of shop.store.Shelf is a list, and is given a string.",
            "Write a list.",
        ),
        (
            'new shop.store.Shelf("s", { wall: "w" }, { dependOn: [] });',
            "Resource options have no 'dependOn'.",
            "Write dependsOn instead of dependOn.",
        ),
        (
            'new shop.store.Wall("w", { height: 1 });',
            "shop.store.Wall requires anchor, which is missing.",
            "Add anchor.",
        ),
        (
            'const s = new shop.store.Shelf("s", { wall: "w" });\ns.boardz;',
            "'s' is of the class shop.store.Shelf, which has no 'boardz'.",
            "Write boards instead of boardz.",
        ),
        ("shop.store.getShelf({ shelf: 1 });", "shop.store.getShelf has no property 'shelf'.", "Write shelfName"),
        ('new shop.Provider("p", { regio: "x" });', "shop.Provider has no property 'regio'.", "Write region"),
    ],
)
def test_what_an_installed_sdk_does_not_have_is_reported(tmp_path: Path, program: str, message: str, fix: str) -> None:
    record = lint_files(tmp_path, installed(program))
    findings = [each for each in record.findings if each.policy.id == "sdk-names"]
    assert message in [each.violation.message for each in findings]
    assert next(each.fix for each in findings if each.violation.message == message).startswith(fix)


@pytest.mark.parametrize(
    "program",
    [
        'new shop.store.Shelf("s", { wall: "w", colour: shop.store.Colour.Red, labels: { any: "x" }, widths: [1] });',
        'new shop.store.Shelf("s", { wall: new shop.store.Wall("w"), boards: [{ length: 1, screws: [{}] }] });',
        'const s = new shop.store.Shelf("s", { wall: "w" });\ns.boardsOf("x"); s.arn; s.urn; s.getProvider("p");',
        'shop.store.Shelf.get("s", "id", { arn: "a" });',
        'new shop.store.Wall("w");',
        'new shop.store.Wall("w", undefined, { parent: this, providers: [] });',
        'new shop.store.Open("o", { anything: 1 });',
        'new shop.store.Odd("o", { anything: 1 });',
        'const args: shop.store.ShelfArgs = { wall: "w" };\nnew shop.store.Shelf("s", args);',
        "const board: shop.types.input.store.ShelfBoard = { length: 1 };",
        'shop.store.getShelfOutput({ shelfName: "s" }).apply(s => s.arn);',
        'import shop2 from "@pulumi/shop";\nimport { default as shop3 } from "@pulumi/shop";\nnew shop2.store.Wall();',
        'import { Shelf } from "@pulumi/shop/store";\nimport { ShelfArgs } from "@pulumi/shop/store/shelf";',
        'import * as other from "@pulumi/other";\nnew other.Thing("t", { a: 1 });',
        'import { x } from "@pulumi/shop/nowhere";',
    ],
)
def test_what_an_installed_sdk_has_is_right(tmp_path: Path, program: str) -> None:
    assert not names(tmp_path, program)


def test_an_installed_sdk_decides_over_the_facts(tmp_path: Path) -> None:
    program = 'new shop.store.Shelf("s", { wall: "w" });\nnew shop.s3.Bucket("b");'
    files = installed(program, name="@pulumi/aws")
    assert found(tmp_path, files, "sdk-names") == ["index.ts:5:5 sdk-names: aws has no 's3' in @pulumi/aws 1.2.3."]
    assert notes_on_sdks(Project(tmp_path)) == ("the names of the program were checked against @pulumi/aws 1.2.3",)


def test_community_packages_are_read_too(tmp_path: Path) -> None:
    files = installed("shop.stores;", name="@pulumiverse/shop")
    assert found(tmp_path, files, "sdk-names") == [
        "index.ts:4:1 sdk-names: shop has no 'stores' in @pulumiverse/shop 1.2.3."
    ]


def test_a_package_is_found_in_a_folder_above_and_by_links_between_packages(tmp_path: Path) -> None:
    files = installed("shop.stores;")
    store = "node_modules/.pnpm/shop@1.2.3/node_modules/@pulumi/shop"
    project(tmp_path, {name.replace(PACKAGE, store): text for name, text in files.items() if PACKAGE in name})
    (tmp_path / PACKAGE).parent.mkdir()
    (tmp_path / PACKAGE).symlink_to(tmp_path / store)
    program = {name: text for name, text in files.items() if PACKAGE not in name}
    assert [each.partition(" ")[0] for each in found(tmp_path / "packages" / "infra", program)] == ["index.ts:4:1"]


@pytest.mark.parametrize(
    ("version", "is_checked"), [("^1.0.0", True), (">=1", True), ("latest", True), ("^2.0.0", False)]
)
def test_a_package_in_a_folder_above_is_another_project_s_if_its_version_is_another(
    tmp_path: Path, version: str, is_checked: bool
) -> None:
    files = installed("shop.stores;")
    project(tmp_path, {name: text for name, text in files.items() if PACKAGE in name})
    program = {name: text for name, text in files.items() if PACKAGE not in name}
    program["package.json"] = json.dumps({"dependencies": {"@pulumi/shop": version}})
    assert bool(found(tmp_path / "infra", program, "sdk-names")) == is_checked


def test_a_link_to_anything_else_is_not_followed(tmp_path: Path) -> None:
    files = installed("shop.stores;")
    project(tmp_path / "elsewhere", {name.rpartition("shop/")[2]: text for name, text in files.items()})
    root = project(tmp_path / "shop", {name: text for name, text in files.items() if PACKAGE not in name})
    (root / PACKAGE).parent.mkdir(parents=True)
    (root / PACKAGE).symlink_to(tmp_path / "elsewhere")
    assert not lint(Project(root)).findings


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("package.json", "{"),
        ("package.json", "[" * 100_000),
        ("package.json", '{"name": "@pulumi/other", "version": "1"}'),
        ("index.d.ts", "export { store"),
        ("index.d.ts", "export = shop;"),
        ("index.d.ts", 'export * from "./index";\nexport * from "./nowhere";'),
        ("store/index.d.ts", 'export * from "./index";'),
        ("store/shelf.d.ts", "export declare class Shelf extends Shelf { }"),
        ("store/shelf.d.ts", "export interface ShelfArgs extends ShelfArgs { }\n" + SHOP["store/shelf.d.ts"]),
        ("store/shelf.d.ts", "export type T = T;\n" + SHOP["store/shelf.d.ts"].replace("inputs.store.ShelfBoard", "T")),
    ],
)
def test_files_that_cannot_be_read_lead_to_no_findings(tmp_path: Path, file: str, text: str) -> None:
    program = 'new shop.store.Shelf("s", { wall: "w", boards: [{ length: 1 }] });'
    assert not found(tmp_path, installed(program, **{f"{PACKAGE}/{file}": text}), "sdk-names")


def test_of_a_large_file_only_what_is_asked_for_is_parsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = 'new shop.store.Shelf("s", { wall: "w", boards: [{ length: 1, screws: [{ sise: 1 }] }] });'
    monkeypatch.setattr(declarations, "_LARGEST_PARSED", 1_500)
    padded = SHOP["types/input.d.ts"] + "\n".join(f"export interface Filler{n} {{\n}}" for n in range(100))
    assert found(tmp_path, installed(wrong, **{f"{PACKAGE}/types/input.d.ts": padded}), "sdk-names") == [
        "index.ts:4:73 sdk-names: screws of boards of shop.store.Shelf has no property 'sise'."
    ]


def place(finding: Finding) -> str:
    """Where a finding is."""
    return str(finding.violation.line)


def test_what_is_deprecated_is_advice(tmp_path: Path) -> None:
    program = 'new shop.store.Shelf("s", { wall: new shop.store.Wall("w", { anchor: "a" }), paint: "red" });'
    record = lint_files(tmp_path, installed(program))
    assert [
        (each.policy.id, each.violation.message, each.fix, each.level) for each in sorted(record.findings, key=place)
    ] == [
        (
            "deprecated-names",
            "shop.store.Wall is deprecated.",
            "The SDK says: Wall is made of bricks no more. To keep a resource that exists, import it, or add an alias "
            "of the old type.",
            "advisory",
        ),
        (
            "deprecated-names",
            "paint of shop.store.Shelf is deprecated.",
            "The SDK says: paint is deprecated. Use colour instead.",
            "advisory",
        ),
    ]


def test_outputs_of_any_sdk_are_known(tmp_path: Path) -> None:
    program = 'const s = new shop.store.Shelf("s", { wall: "w" });\nconst name = `x-${s.arn}`;'
    assert found(tmp_path, installed(program), "output-as-text") == [
        "index.ts:5:19 output-as-text: The output s.arn stands in a template literal, where its value is not known yet."
    ]
