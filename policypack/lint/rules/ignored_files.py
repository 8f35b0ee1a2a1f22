"""Files of the project that no repository should have: secrets, and the state of stacks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policypack.config import Config
from policypack.lint.project import Project, project_policy
from policypack.listing import joined
from policypack.verdict import Verdicts, Violation
from policypack.wildcard import matches

_SECRETS: Final = (".env", ".env.*", "*.pem", "id_rsa", "id_ed25519", "*.tfstate", ".pulumi", "credentials.json")
_HARMLESS: Final = (".env.example", ".env.sample", ".env.template", ".env.dist", "*.pub", "*ca*.pem", "*bundle*.pem")


@project_policy(
    id="ignored-files",
    title="Git ignores the project's secrets and state",
    severity="medium",
    enforcement="advisory",
    fix="Add the names to .gitignore. If they are committed already, remove them with `git rm --cached`, and replace "
    "the secrets: the history keeps what was in them.",
    url="https://git-scm.com/docs/gitignore",
)
def ignored_files(project: Project, config: Config) -> Verdicts:
    """
    What git does not ignore is committed with the next `git add .`, and is then in each clone and in the history.
    """
    patterns = list(_patterns(project))
    # What is ignored in another way, such as in .git/info/exclude, is not known; nor is what a pattern takes back.
    if not _is_in_repository(project) or any(pattern.startswith("!") for pattern in patterns):
        return
    names = [
        name
        for name in project.entries
        if any(matches(pattern, name) for pattern in _SECRETS)
        and not any(matches(pattern, name) for pattern in _HARMLESS)
        and not any(matches(pattern, name) for pattern in patterns)
    ]
    if names:
        yield Violation(
            None,
            f"Git does not ignore {joined(names)}, which may hold secrets or the state of stacks.",
            line=project.place_of("name"),
        )


def _is_in_repository(project: Project) -> bool:
    return any((folder / ".git").exists() for folder in project.folders)


def _patterns(project: Project) -> Iterator[str]:
    """The patterns of what git ignores in the project's folder, as they match a name there."""
    for folder in project.folders:
        for line in project.lines(str(folder / ".gitignore")):
            pattern = line.strip()
            if pattern and not pattern.startswith("#"):
                # Of a path, the last part is what may be the name.
                yield pattern.strip("/").removesuffix("/**").removesuffix("/*").rpartition("/")[2]
        if (folder / ".git").exists():
            return
