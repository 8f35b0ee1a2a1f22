"""Kinds of rows beside Requirement: values that are wrong, lists, numbers, entries by name, documents, companions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from policypack.model import Resource, Value
from policypack.requirement import Row, first_unknown, without_companion
from policypack.verdict import Undecided, Verdicts, Violation


def _quoted(texts: tuple[str, ...], last: str) -> str:
    *others, text = (text if text in ("true", "false") else f'"{text}"' for text in texts)
    return f"{', '.join(others)} {last} {text}" if others else text


@dataclass(frozen=True, slots=True, eq=False)
class Denied(Row):
    """
    A property, or the elements of a list, that may have any value but a few. Leaving it out is right.

    Example: `Denied("protocols[]", ("FTP",), 'Use "SFTP".', means="passwords travel in plain text")`.

    :param path: where it is, as in Value.each.
    :param denied: the values that are wrong, as text, whatever their case.
    :param instead: the fix, as a sentence.
    """

    path: str
    denied: tuple[str, ...]
    instead: str

    def wrong(self, resource: Resource, means: str) -> Verdicts:
        """Verdicts for each value at the path that is one of the wrong ones."""
        denied = [text.lower() for text in self.denied]
        for value in resource.each(self.path):
            if value.is_unknown:
                yield Undecided(value)
            elif value.is_known and value.text.lower() in denied:
                yield Violation(value, f"{value.path} is {value.shown}: {means}.", fix=self.instead)


@dataclass(frozen=True, slots=True, eq=False)
class Unset(Row):
    """
    A property that must not be set, or a list that must have no elements.

    Example: `Unset("launchConfiguration", means="the group cannot use new instance types")`.

    :param path: where it is, as in Value.each.
    """

    path: str

    def wrong(self, resource: Resource, means: str) -> Verdicts:
        """Verdicts for each value at the path."""
        for value in resource.each(self.path):
            if value.is_unknown:
                yield Undecided(value)
            elif not value.is_unset:
                yield Violation(value, f"{value.path} is {value.shown}: {means}.", fix=f"Leave {value.path} out.")


@dataclass(frozen=True, slots=True, eq=False)
class Includes(Row):
    """
    A list that must have some texts among its elements.

    Example: `Includes("enabledClusterLogTypes", ("audit",))`.

    :param path: where the list is.
    :param wanted: the texts, all of which it must have; empty when any element will do.
    """

    path: str
    wanted: tuple[str, ...] = ()

    def wrong(self, resource: Resource, means: str) -> Verdicts:
        """A verdict where one of the texts is missing."""
        value = resource.get(self.path)
        elements = list(resource.each(f"{self.path}[]"))
        if not self.wanted and elements:
            return
        missing = tuple(text for text in self.wanted if text not in {element.text for element in elements})
        unknown = next((element for element in elements if element.is_unknown), None)
        if self.wanted and not missing:
            return
        if unknown:
            yield Undecided(unknown)
        elif value.is_unset:
            added = f" with {_quoted(self.wanted, 'and')}" if self.wanted else ""
            yield Violation(value, f"{value.path} is not set: {means}.", fix=f"Set {value.path}{added}.")
        else:
            names = _quoted(missing, "and")
            message = f"{value.path} is without {names}: {means}."
            yield Violation(value, message, fix=f"Add {names} to {value.path}.")


@dataclass(frozen=True, slots=True, eq=False)
class AtLeast(Row):
    """
    A number that must not be too small.

    Example: `AtLeast("retentionPeriod", 168, default=24)`.

    :param path: where it is, as in Value.each.
    :param least: the smallest number that is right.
    :param default: what leaving it out means.
    """

    path: str
    least: int
    default: int = 0

    def wrong(self, resource: Resource, means: str) -> Verdicts:
        """Verdicts for each number at the path that is too small."""
        for value in resource.each(self.path):
            number = self.default if value.is_absent else value.number
            if value.is_unknown:
                yield Undecided(value)
            elif number is not None and number < self.least:
                meaning = f", which means {self.default}" if value.is_absent and self.default else ""
                message = f"{value.path} is {value.shown}{meaning}: {means}."
                yield Violation(value, message, fix=f"Set {value.path} to {self.least} or more.")


@dataclass(frozen=True, slots=True, eq=False)
class Entry(Row):
    """
    A list of named settings, one of which must be there with one of a few values.

    Example: `Entry("settings", {"name": "containerInsights"}, "value", ("enabled", "enhanced"))`.

    :param path: where the list is.
    :param key: the properties that tell the setting from others, with their texts.
    :param value: the property of an entry that holds its value.
    :param wanted: the values that are right, the first being the one to write.
    :param absent_is_right: whether an entry that leaves its value out is right.
    :param missing_is_right: whether a list without the entry is right.
    """

    path: str
    key: Mapping[str, str]
    value: str
    wanted: tuple[str, ...] = ("true",)
    absent_is_right: bool = False
    missing_is_right: bool = False

    def wrong(self, resource: Resource, means: str) -> Verdicts:
        """Verdicts about the entry, or about the list where it lacks it."""
        named = ", ".join(f'{name} "{text}"' for name, text in self.key.items())
        entries = list(resource.each(f"{self.path}[]"))
        found = [entry for entry in entries if all(entry.get(name).text == text for name, text in self.key.items())]
        unknown = [entry for entry in entries if any(entry.get(name).is_unknown for name in self.key)]
        for value in (entry.get(self.value) for entry in found):
            if value.is_unknown:
                yield Undecided(value)
            elif not (self.absent_is_right if value.is_absent else value.text.lower() in map(str.lower, self.wanted)):
                message = f"{value.path} of the entry with {named} is {value.shown}: {means}."
                yield Violation(value, message, fix=f"Set {value.path} to {_quoted(self.wanted[:1], 'or')}.")
        if found:
            return
        if unknown:
            yield Undecided(unknown[0], f"is it the entry with {named}?")
        elif not self.missing_is_right:
            at = resource.get(self.path)
            written = f" and {self.value} {_quoted(self.wanted[:1], 'or')}"
            message = f"{at.path} has no entry with {named}: {means}."
            yield Violation(at, message, fix=f"Add an entry with {named}{written} to {at.path}.")


@dataclass(frozen=True, slots=True, eq=False)
class Document(Row):
    """
    A property of a JSON document that must have a value.

    Example: `Document("configuration", "EncryptionConfiguration.EnableAtRestEncryption")`.

    :param path: where the document is.
    :param inner: where the property is in it.
    :param wanted: the values that are right, the first being the one to write.
    """

    path: str
    inner: str
    wanted: tuple[str, ...] = ("true",)

    def wrong(self, resource: Resource, means: str) -> Verdicts:
        """A verdict where the document has another value, or none; nothing where it is no JSON."""
        document = resource.get(self.path)
        content = document.json()
        value = content.get(self.inner)
        if value.is_unknown:
            yield Undecided(value)
        elif content.is_absent and document.is_known:
            return
        elif value.text.lower() not in self.wanted:
            where = f"{self.inner} in {self.path}"
            message = f"{where} is {value.shown}: {means}."
            yield Violation(document, message, fix=f"Set {where} to {_quoted(self.wanted[:1], 'or')}.")


@dataclass(frozen=True, slots=True, eq=False)
class Companion(Row):
    """
    Another resource of the stack that must refer to this one.

    Example: `Companion("aws:redshift/logging:Logging", "clusterIdentifier", "The cluster has no audit log", "Add …")`.

    :param type: the type of the other resource.
    :param prop: its property that names this one.
    :param missing: what is missing without it, as the beginning of a sentence.
    :param instead: the fix, as a sentence.
    """

    type: str
    prop: str
    missing: str
    instead: str

    def wrong(self, resource: Resource, means: str) -> Verdicts:
        """A verdict where no resource of the stack refers to this one; it needs the stack."""
        violation = Violation(resource, f"{self.missing}: {means}.", fix=self.instead)
        yield from without_companion(resource, self.type, self.prop, violation)


@dataclass(frozen=True, slots=True, eq=False)
class OneOf(Row):
    """
    Properties of which one must be true.

    Example: `OneOf(("cloudwatchLogs.enabled", "s3.enabled"))`.

    :param paths: where they are, the first being the one to write.
    """

    paths: tuple[str, ...]

    def wrong(self, resource: Resource, means: str) -> Verdicts:
        """A verdict where none of them is true."""
        values = [resource.get(path) for path in self.paths]
        if any(value.is_true for value in values):
            return
        if unknown := first_unknown(*values):
            yield Undecided(unknown)
        else:
            message = f"None of {', '.join(self.paths)} is true: {means}."
            yield Violation(values[0], message, fix=f"Set {values[0].path}, or another of these, to true.")


@dataclass(frozen=True, slots=True, eq=False)
class Containers(Row):
    """
    A property of each container of a task definition, whose containers are a JSON document.

    Example: `Containers("readonlyRootFilesystem", ("true",))`.

    :param inner: the property.
    :param wanted: the values that are right; empty when any value is, but those that are denied.
    :param denied: the values that are wrong.
    :param absent_is_right: whether a container that leaves it out is right.
    :param instead: the fix, as a sentence; where it is empty, to set the property to the first value that is wanted.
    """

    inner: str
    wanted: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    absent_is_right: bool = False
    instead: str = ""

    def wrong(self, resource: Resource, means: str) -> Verdicts:
        """Verdicts for each container whose value is not right."""
        content = resource.get("containerDefinitions").json(decapitalize=True)
        if content.is_unknown:
            yield Undecided(content)
        for _, container in content.entries():
            value = container.get(self.inner)
            if value.is_unknown:
                yield Undecided(value)
            elif not self._is_right(value):
                fix = self.instead or f"Set {self.inner} of the container to {_quoted(self.wanted[:1], 'or')}."
                message = f"{self.inner} of a container is {value.shown}: {means}."
                yield Violation(value, message, fix=fix)

    def _is_right(self, value: Value) -> bool:
        if value.is_absent:
            return self.absent_is_right
        text = value.text.lower()
        return text not in self.denied and (not self.wanted or text in self.wanted)
