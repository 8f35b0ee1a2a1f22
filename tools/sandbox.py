"""Real previews and updates with the real Pulumi CLI and no cloud: what the end-to-end tests and `make preview` run.

    with Sandbox(folder) as sandbox:
        stack = sandbox.stack(Path("examples/shop"))
        outcome = stack.preview(Path("."))

AWS is `tools.stub_aws`. Where no language host for Python is installed, the Automation API runs the program and a
script of one line runs the policy pack, both with this interpreter.
"""

import json
import os
import runpy
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, chdir, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from unittest import mock
from urllib.parse import unquote, urlsplit

import yaml
from pulumi import automation
from pulumi.automation.events import EngineEvent, PolicyEvent

from tools import stub_aws
from tools.pulumi_cli import find_or_build

Program = Callable[[], None]
Config = Mapping[str, str | automation.ConfigValue]

# Of every stack in a sandbox: an example may carry secrets that were encrypted with it.
PASSPHRASE = "sandbox"
REGION = "eu-central-1"


@dataclass(frozen=True)
class Finding:
    """What a policy reported, as the engine passed it on."""

    policy: str
    level: str
    """`mandatory` or `advisory`"""
    urn: str
    message: str

    @property
    def type(self) -> str:
        """The type token of the resource, without those of its parents."""
        return self.urn.split("::")[2].split("$")[-1] if self.urn else ""

    @property
    def name(self) -> str:
        """The name that the program gave the resource."""
        return self.urn.split("::", 3)[3] if self.urn else ""


@dataclass(frozen=True)
class Outcome:
    """How a command of the CLI ended: `ok` is its exit code, and a mandatory finding makes it false."""

    ok: bool
    stdout: str
    stderr: str
    findings: tuple[Finding, ...]

    @property
    def text(self) -> str:
        """All that the command wrote, for assertions and for people."""
        return f"{self.stdout}\n{self.stderr}".strip()


class Stack:
    """One stack of a sandbox; made by `Sandbox.stack`."""

    def __init__(self, stack: automation.Stack, folder: Path | None) -> None:
        self._stack = stack
        self._folder = folder

    def preview(
        self, pack: Path | None = None, config: Path | None = None, *, flags: Iterable[str] = (), **options: Any
    ) -> Outcome:
        """Previews the program under the policy pack in the folder `pack`, with the pack's `config` file.

        `options` are those of the Automation API's `Stack.preview`: `json=True`, `plan="file"`, `target=[...]` ...
        `flags` are those of the CLI that it has no option for. Whatever the CLI itself refuses is an Outcome that is
        not ok.
        """
        return self._run(self._stack.preview, pack, config, options, flags)

    def up(self, pack: Path | None = None, config: Path | None = None, **options: Any) -> Outcome:
        """Updates the stack; like `preview` in all else."""
        return self._run(self._stack.up, pack, config, options)

    def export(self, *flags: str) -> dict[str, Any]:
        """The stack's state as `pulumi stack export` writes it, its secrets encrypted."""
        command = ["pulumi", "stack", "export", "--stack", self._stack.name, *flags]
        workspace = self._stack.workspace
        environment = {**os.environ, **workspace.env_vars}
        result = subprocess.run(
            command, cwd=workspace.work_dir, env=environment, capture_output=True, text=True, check=True
        )
        state: dict[str, Any] = json.loads(result.stdout)
        return state

    @property
    def config(self) -> Mapping[str, automation.ConfigValue]:
        """The stack's config, decrypted."""
        return self._stack.get_all_config()

    @property
    def backend(self) -> Path:
        """The folder of the backend."""
        return Path(unquote(urlsplit(self._stack.workspace.env_vars["PULUMI_BACKEND_URL"]).path))

    @property
    def state_file(self) -> Path:
        """The file in which the backend keeps the newest state."""
        [file] = (self.backend / ".pulumi" / "stacks").glob(f"*/{self._stack.name}.json")
        return file

    def _run(
        self,
        operation: Callable[..., Any],
        pack: Path | None,
        config: Path | None,
        options: Mapping[str, Any],
        flags: Iterable[str] = (),
    ) -> Outcome:
        stdout: list[str] = []
        stderr: list[str] = []
        events: list[PolicyEvent] = []

        def on_event(event: EngineEvent) -> None:
            if event.policy_event:
                events.append(event.policy_event)

        if pack:
            _check_virtualenv(pack)
        # Resolved here: the program's folder is about to become the working directory.
        packs = {
            "policy_packs": [str(pack.resolve())] if pack else None,
            "policy_pack_configs": [str(config.resolve())] if config else None,
        }
        run = self._stack._run_pulumi_cmd_sync

        def with_flags(arguments: list[str], *rest: Any, **named: Any) -> Any:
            return run([*arguments, *flags] if arguments[0] == "preview" else arguments, *rest, **named)

        with _inside(self._folder), mock.patch.object(self._stack, "_run_pulumi_cmd_sync", with_flags):
            try:
                operation(
                    **packs,
                    **options,
                    color="never",
                    on_output=stdout.append,
                    on_error=stderr.append,
                    on_event=on_event,
                )
                ok = True
            except automation.CommandError:
                ok = False
        return Outcome(ok, "\n".join(stdout), "\n".join(stderr), _findings(events))


class Sandbox:
    """A folder with everything that a Pulumi command needs; within its `with` block, the environment points there.

    The user's Pulumi home, login, AWS credentials and settings are out of sight until the block ends. The environment
    is the process's, so that a program that runs in it sees the same as the CLI: one sandbox at a time in a process.
    """

    def __init__(self, folder: Path, log: Callable[[str], None] = print) -> None:
        """In: an empty folder, which stays, and where to say that the CLI is being built, should it have to be.

        Entering the block raises tools.pulumi_cli.ToolMissing when there is no Pulumi CLI and none can be built, and
        automation.InvalidVersionError when the one on PATH is too old.
        """
        self._folder = folder.resolve()
        self._log = log

    def __enter__(self) -> Self:
        cli = find_or_build(self._log)
        (self._folder / "stacks").mkdir(parents=True)
        self.serve_packs_with(Path(sys.executable))
        # A real language host runs packs that name no virtual environment with the python3 of PATH.
        python = Path(sys.executable).parent
        shown = {
            "PATH": os.pathsep.join((str(python), str(cli.parent), os.environ["PATH"])),
            "PULUMI_HOME": str(self._home),
            "PULUMI_BACKEND_URL": self._folder.as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_SKIP_UPDATE_CHECK": "1",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "AWS_REGION": REGION,
        }
        with ExitStack() as stack:
            stack.enter_context(_environment(hidden=("PULUMI_", "AWS_"), shown=shown))
            os.environ["PULUMI_DEBUG_PROVIDERS"] = stack.enter_context(_stub_aws())
            # It refuses a CLI that is too old; the environment must not stay as it is then.
            self._command = automation.PulumiCommand()
            self._exit = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._exit.close()

    def stack(
        self,
        program: Program | Path,
        project: str = "sandbox",
        name: str = "dev",
        config: Config | None = None,
        backend: Mapping[str, str] | None = None,
    ) -> Stack:
        """A new stack, for a function that makes resources or for a folder with `__main__.py` and `Pulumi.yaml`.

        A folder is copied; its Pulumi.yaml says the project, and its Pulumi.<name>.yaml the configuration, to which
        `config` is added. `backend` are the variables of a backend other than a folder of its own; there, `name` may be
        `ORGANIZATION/PROJECT/STACK`. Raises automation.CommandError when the CLI does not take these.
        """
        home = Path(tempfile.mkdtemp(prefix=f"{name.rpartition('/')[2]}-", dir=self._folder / "stacks"))
        work, state = home / "work", home / "state"
        work.mkdir()
        state.mkdir()
        options: dict[str, Any] = {
            "work_dir": str(work),
            "pulumi_command": self._command,
            # A backend each: stacks of the same project and name, such as two editions of a program, do not meet.
            "env_vars": backend or {"PULUMI_BACKEND_URL": state.as_uri()},
        }
        if isinstance(program, Path):
            ignored = shutil.ignore_patterns("venv", ".venv", "__pycache__")
            shutil.copytree(program, work, ignore=ignored, dirs_exist_ok=True)
            options["program"] = lambda: runpy.run_path(str(work), run_name="__main__")
        else:
            options["program"] = program
            options["project_settings"] = automation.ProjectSettings(name=project, runtime="python")
        stack = automation.Stack.create(name, automation.LocalWorkspace(**options))
        if config:
            stack.set_all_config({key: _config_value(value) for key, value in config.items()})
        return Stack(stack, work if isinstance(program, Path) else None)

    def analyze(self, state: Path, pack: Path, config: Path | None = None) -> Outcome:
        """Runs a policy pack over a file that `pulumi stack export` wrote, or Stack.export: no program, no provider."""
        _check_virtualenv(pack)
        command = ["pulumi", "policy", "analyze", "--non-interactive", "--color=never", "--json"]
        command += ["--file", str(state.resolve()), "--policy-pack", str(pack.resolve())]
        if config:
            command += ["--policy-pack-config", str(config.resolve())]
        result = subprocess.run(command, cwd=self._folder, capture_output=True, text=True, check=False)
        events = [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]
        found = [PolicyEvent.from_json(event["policyEvent"]) for event in events if "policyEvent" in event]
        return Outcome(not result.returncode, result.stdout, result.stderr, _findings(found))

    def serve_packs_with(self, python: Path) -> None:
        """Lets policy packs run in the environment of an interpreter; at first it is that of this process."""
        # The engine asks for it only where no language host for Python is installed. It adds the runtime options of
        # PulumiPolicy.yaml (`-virtualenv=venv`), which say nothing about this interpreter.
        command = f'{shlex.quote(str(python))} -u -m pulumi.policy "$1" "$2"'
        self._install_plugin("analyzer-policy-python", "1.0.0", command)

    @property
    def _home(self) -> Path:
        return self._folder / "home"

    def _install_plugin(self, name: str, version: str, command: str) -> None:
        script = self._home / "plugins" / f"{name}-v{version}" / f"pulumi-{name}"
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text(f"#!/bin/sh\nexec {command}\n")
        script.chmod(0o755)


@contextmanager
def _stub_aws() -> Iterator[str]:
    """Runs the stand-in for AWS until the block ends; yields where it listens, as PULUMI_DEBUG_PROVIDERS says it."""
    command = [sys.executable, stub_aws.__file__]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        yield process.stdout.readline().strip()


def _check_virtualenv(pack: Path) -> None:
    """Raises FileNotFoundError where the installed language host would wait for ever: for a missing virtualenv."""
    if not shutil.which("pulumi-language-python"):
        return
    runtime = yaml.safe_load((pack / "PulumiPolicy.yaml").read_text())["runtime"]
    virtualenv = runtime.get("options", {}).get("virtualenv") if isinstance(runtime, dict) else None
    if virtualenv and not (pack / virtualenv).exists():
        raise FileNotFoundError(
            f"{pack / 'PulumiPolicy.yaml'} names the virtual environment {virtualenv!r}: make it first"
        )


@contextmanager
def _environment(hidden: tuple[str, ...], shown: Mapping[str, str]) -> Iterator[None]:
    """Sets the variables `shown` and unsets all others that start with one of `hidden`, until the block ends."""
    before = dict(os.environ)
    for name in before:
        if name.startswith(hidden):
            del os.environ[name]
    os.environ.update(shown)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def _inside(folder: Path | None) -> Iterator[None]:
    """Makes `folder` what it is to a program: the working directory and the first place to import from.

    Its modules are forgotten afterwards: the next program may have others of the same names.
    """
    if not folder:
        yield
        return
    with chdir(folder):
        sys.path.insert(0, str(folder))
        try:
            yield
        finally:
            sys.path.remove(str(folder))
            for name, module in list(sys.modules.items()):
                if (getattr(module, "__file__", None) or "").startswith(f"{folder}{os.sep}"):
                    del sys.modules[name]


def _config_value(value: str | automation.ConfigValue) -> automation.ConfigValue:
    return automation.ConfigValue(value) if isinstance(value, str) else value


def _findings(events: Iterable[PolicyEvent]) -> tuple[Finding, ...]:
    return tuple(
        Finding(event.policy_name, event.enforcement_level, event.resource_urn or "", event.message.rstrip())
        for event in events
    )
