"""
Documents of which parts are unknown: what they allow at least, and at most, whatever the unknown parts turn out to be.

The statements of a document allow the least where each unknown part of one that allows names nothing, and each of one
that denies names everything; they allow the most the other way round.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from policypack.model import UNKNOWN, PartialText, Reference, Unknown, WrittenMap, unwrapped

_NOTHING: Final = "…"
"""No action, principal or resource that there is."""
_EVERYTHING: Final = "*"
_EVERYBODY: Final = dict.fromkeys(("AWS", "Federated", "Service"), _EVERYTHING)
"""Principals of every kind, which `*` alone does not say of those that are federated."""
_EXCEPTING: Final = {"StringNotEquals": {"aws:PrincipalOrgID": _NOTHING}}
"""The condition of a statement that denies to all but some, as one does that says who may."""
UNKNOWN_PART: Final = "${…}"
"""A policy variable: what it is like is known only when a request is made."""
_COLONS_OF_ARNS: Final = 5
_PARTS: Final = ("Action", "Resource")
_EXCEPTIONS: Final = ("NotAction", "NotResource")
_SAYS_NOTHING: Final[dict[str, Any]] = {}


def completed(statement: Any, *, allows_most: bool) -> dict[str, Any]:
    """
    A statement without unknown parts.

    :param statement: its raw value, with Unknowns in it, or unknown as a whole.
    :param allows_most: whether the unknown parts are such that the document allows the most, rather than the least.
    """
    statement = unwrapped(statement)
    if not isinstance(statement, dict):
        return _unknown_statement(allows_most) if isinstance(statement, Unknown) else _SAYS_NOTHING
    entries = dict(statement)
    effect = unwrapped(entries.get("Effect"))
    if isinstance(effect, Unknown) or (effect is None and _is_open(statement)):
        effect = "Allow" if allows_most else "Deny"
    entries["Effect"] = effect
    names_much = (effect == "Allow") == allows_most
    if (condition := entries.get("Condition")) is not None or _is_open(statement):
        known = _condition(condition, allows_most)
        if known is None:
            if not names_much:
                return _SAYS_NOTHING
            known = {} if effect == "Allow" else _EXCEPTING
        entries["Condition"] = known
    # Two references may be to the same, however they are written.
    of_references = _EVERYTHING if names_much and effect != "Allow" else ""
    for name in _PARTS:
        if name in entries or (_is_open(statement) and f"Not{name}" not in entries):
            entries[name] = _names(entries.get(name, UNKNOWN), names_much, of_references=of_references)
    for name in _EXCEPTIONS:
        if name in entries:
            entries[name] = _names(entries[name], not names_much)
    if "NotPrincipal" in entries:
        entries["NotPrincipal"] = _principal(entries["NotPrincipal"], not names_much)
    if "Principal" in entries:
        entries["Principal"] = _principal(entries["Principal"], names_much)
    elif _is_open(statement) and "NotPrincipal" not in entries and names_much:
        entries["Principal"] = dict(_EVERYBODY)
    # It has no further keys now: an unknown NotResource would be about everything.
    return WrittenMap(entries, statement.place, statement.places) if isinstance(statement, WrittenMap) else entries


def surely(statement: Any) -> dict[str, Any]:
    """
    A statement, as `completed` takes it, of which only what surely lets somebody use a certain resource is left.

    It says nothing where it allows by a condition or on resources of which a part is unknown: what it is asked about
    may have an unknown name, too, which is like every other.
    """
    entries = completed(statement, allows_most=False)
    known = unwrapped(statement)
    if entries.get("Effect") == "Deny":
        return _possibly_denied(known, entries)
    if not isinstance(known, dict) or entries.get("Effect") != "Allow":
        return entries
    if _has_unknown(known.get("Condition")) or _has_unknown(known.get("NotResource")):
        return _SAYS_NOTHING
    resources = unwrapped(known.get("Resource"))
    if _has_unknown(resources):
        left = [each for each in resources if not _has_unknown(each)] if isinstance(resources, list) else []
        return {**entries, "Resource": left} if left else _SAYS_NOTHING
    return entries


def _possibly_denied(known: Any, entries: dict[str, Any]) -> dict[str, Any]:
    """A statement that denies, without the unknown conditions that may keep it from that, on all that it may mean."""
    if not isinstance(known, dict):
        return {key: value for key, value in entries.items() if key != "Condition"}
    denied = dict(entries)
    if has_unknown_conditions(known) or _has_unknown(known.get("Condition")):
        denied.pop("Condition", None)
    if _has_unknown(known.get("Resource")):
        denied["Resource"] = mapped(known["Resource"], _widest)
    elif _has_unknown(known.get("NotResource")):
        del denied["NotResource"]
        denied["Resource"] = _EVERYTHING
    return denied


def _widest(raw: Unknown) -> str:
    """A pattern of all ARNs that one may be of which a part is unknown: by the parts in front of its last one."""
    parts = raw.prefix.split(":", _COLONS_OF_ARNS) if isinstance(raw, PartialText) else []
    return ":".join((*parts[:_COLONS_OF_ARNS], _EVERYTHING)) if len(parts) > _COLONS_OF_ARNS else _EVERYTHING


def possibly(statement: Any) -> dict[str, Any]:
    """
    A statement, as `completed` takes it, that lets somebody use a certain resource if the real one may.

    An unknown part of a resource or of a condition's value becomes a policy variable, which may be like anything. What
    is a reference to may be what is asked about.
    """
    known = unwrapped(statement)
    if isinstance(known, dict):
        entries = {key: _without_references(value) for key, value in known.items()}
        if unwrapped(entries.get("Effect")) != "Deny":
            if "Resource" in known:
                entries["Resource"] = mapped(known["Resource"], _possible_name)
            if "Condition" in known:
                entries["Condition"] = _possible_conditions(known["Condition"])
            if _has_unknown(entries.get("Principal")):
                entries["Principal"] = _open_principal(entries["Principal"])
            if _has_unknown(entries.pop("NotPrincipal", None)):
                entries["Principal"] = dict(_EVERYBODY)
            elif "NotPrincipal" in known:
                entries["NotPrincipal"] = known["NotPrincipal"]
        elif _has_unknown(known.get("Condition")):
            return _SAYS_NOTHING
        statement = known.with_entries(entries) if isinstance(known, WrittenMap) else entries
    return completed(statement, allows_most=True)


def has_unknown_conditions(statement: Any) -> bool:
    """Whether a statement, as `completed` takes it, may have further conditions than those that are known."""
    statement = unwrapped(statement)
    if not isinstance(statement, dict):
        return isinstance(statement, Unknown)
    condition = statement.get("Condition", UNKNOWN if _is_open(statement) else {})
    return condition is not None and _condition(condition, allows_most=True) is None


def _unknown_statement(allows_most: bool) -> dict[str, Any]:
    everything = {"Principal": dict(_EVERYBODY), "Action": _EVERYTHING, "Resource": _EVERYTHING}
    if allows_most:
        return {"Effect": "Allow", **everything}
    return {"Effect": "Deny", **everything, "Condition": _EXCEPTING}


def _is_open(raw: Any) -> bool:
    return isinstance(raw, WrittenMap) and raw.is_open


def _has_unknown(raw: Any) -> bool:
    """Whether a value, or one inside it, is unknown in whole or in part."""
    raw = unwrapped(raw)
    if isinstance(raw, dict):
        return _is_open(raw) or any(map(_has_unknown, raw.values()))
    return any(map(_has_unknown, raw)) if isinstance(raw, list) else isinstance(raw, Unknown)


def mapped(raw: Any, change: Callable[[Unknown], Any]) -> Any:
    """A value with others in the place of the unknown ones in it."""
    raw = unwrapped(raw)
    if isinstance(raw, dict):
        entries = {key: mapped(value, change) for key, value in raw.items()}
        return raw.with_entries(entries) if isinstance(raw, WrittenMap) else entries
    if isinstance(raw, list):
        return [mapped(each, change) for each in raw]
    return change(raw) if isinstance(raw, Unknown) else raw


def _without_references(raw: Any) -> Any:
    def plain(each: Unknown) -> Unknown:
        if isinstance(each, PartialText):
            return PartialText(tuple(part if isinstance(part, str) else UNKNOWN for part in each.parts))
        return UNKNOWN

    return mapped(raw, plain)


def _variable(raw: Unknown) -> str:
    """What is known of a text, with a policy variable in the place of what is not."""
    if not isinstance(raw, PartialText):
        return UNKNOWN_PART
    # In front of the last part of an ARN, what is unknown may be several parts of it.
    return raw.filled(UNKNOWN_PART) if raw.prefix.count(":") >= _COLONS_OF_ARNS else f"{raw.prefix}{UNKNOWN_PART}"


def _possible_name(raw: Unknown) -> str:
    """The same for the name of a resource, which may be that of all unless a reference is a part of it."""
    parts = raw.parts if isinstance(raw, PartialText) else (raw,)
    known = "".join(part for part in parts if isinstance(part, str))
    may_be_all = set(known) <= {"*", ":"} and not any(isinstance(part, Reference) for part in parts)
    return _EVERYTHING if may_be_all else _variable(raw)


def _possible_conditions(raw: Any) -> Any:
    """Conditions, unknown where the keys of a block are."""
    raw = unwrapped(raw)
    if isinstance(raw, dict) and not any(isinstance(unwrapped(each), Unknown) for each in raw.values()):
        return mapped(raw, _variable)
    return UNKNOWN if isinstance(raw, dict) else raw


def _open_principal(raw: Any) -> Any:
    """Principals, with everybody of a kind in the place of those that are unknown in whole or in part."""
    raw = unwrapped(raw)
    if not isinstance(raw, dict) or any(kind not in _EVERYBODY and _has_unknown(raw[kind]) for kind in raw):
        return dict(_EVERYBODY)
    opened = mapped(raw, lambda _: _EVERYTHING)
    return {**opened, **_EVERYBODY} if _is_open(raw) else opened


def _names(raw: Any, names_much: bool, *, of_references: str = "") -> Any:
    """
    Names, such as actions or ARNs, with something in the place of what is unknown of each.

    :param of_references: what a reference stands for; empty where it names what it refers to.
    """
    raw = unwrapped(raw)
    fill = _EVERYTHING if names_much else _NOTHING
    if isinstance(raw, list):
        return [_names(each, names_much, of_references=of_references) for each in raw]
    if isinstance(raw, Reference):
        return of_references or raw.label
    if isinstance(raw, PartialText):
        text = "".join(
            part if isinstance(part, str) else _names(part, names_much, of_references=of_references)
            for part in raw.parts
        )
        # What is unknown may be empty.
        return text.replace("**", _EVERYTHING)
    return fill if isinstance(raw, Unknown) else raw


def _without_partial_texts(raw: Any) -> Any:
    raw = unwrapped(raw)
    if isinstance(raw, list):
        return [_without_partial_texts(each) for each in raw]
    return UNKNOWN if isinstance(raw, PartialText) else raw


def _principal(raw: Any, names_much: bool) -> Any:
    raw = unwrapped(raw)
    if not isinstance(raw, dict):
        if isinstance(raw, Unknown):
            return dict(_EVERYBODY) if names_much else {}
        return _names(raw, names_much)
    found = {}
    for kind, names in raw.items():
        if names_much and kind == "Federated":
            # Neither its ARN nor a part of that tells whose an identity provider is.
            names = _without_partial_texts(names)
        of_references = _EVERYTHING if names_much and kind in ("Federated", "Service") else ""
        found[kind] = _names(names, names_much, of_references=of_references)
    if _is_open(raw) and names_much:
        found.update(_EVERYBODY)
    return raw.with_entries(found) if isinstance(raw, WrittenMap) else found


def _condition(raw: Any, allows_most: bool) -> dict[str, Any] | None:
    """
    The conditions with values for those that are unknown; None where further ones may hold.

    A value that is unknown leaves the most in where it is met by everybody, and excepts the most from what is denied.
    """
    raw = unwrapped(raw)
    if not isinstance(raw, dict) or _is_open(raw):
        return None
    operators: dict[str, Any] = {}
    for operator, block in raw.items():
        keys = unwrapped(block)
        if not isinstance(keys, dict) or _is_open(keys):
            return None
        operators[operator] = {key: _names(values, allows_most) for key, values in keys.items()}
    return operators
