"""
Documents of which parts are unknown: what they allow at least, and at most, whatever the unknown parts turn out to be.

The statements of a document allow the least where each unknown part of one that allows names nothing, and each of one
that denies names everything; they allow the most the other way round.
"""

from __future__ import annotations

from typing import Any, Final

from policypack.model import UNKNOWN, PartialText, Reference, Secret, Unknown, WrittenMap

_NOTHING: Final = "…"
"""No action, principal or resource that there is."""
_EVERYTHING: Final = "*"
_EVERYBODY: Final = dict.fromkeys(("AWS", "Federated", "Service"), _EVERYTHING)
"""Principals of every kind, which `*` alone does not say of those that are federated."""
_EXCEPTING: Final = {"StringNotEquals": {"aws:PrincipalOrgID": _NOTHING}}
"""The condition of a statement that denies to all but some, as one does that says who may."""
_PARTS: Final = ("Action", "Resource")
_EXCEPTIONS: Final = ("NotAction", "NotResource")
_SAYS_NOTHING: Final[dict[str, Any]] = {}


def completed(statement: Any, *, allows_most: bool) -> dict[str, Any]:
    """
    A statement without unknown parts.

    :param statement: its raw value, with Unknowns in it, or unknown as a whole.
    :param allows_most: whether the unknown parts are such that the document allows the most, rather than the least.
    """
    statement = _unwrapped(statement)
    if not isinstance(statement, dict):
        return _unknown_statement(allows_most) if isinstance(statement, Unknown) else _SAYS_NOTHING
    entries = dict(statement)
    effect = _unwrapped(entries.get("Effect"))
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
    return statement.with_entries(entries) if isinstance(statement, WrittenMap) else entries


def has_unknown_conditions(statement: Any) -> bool:
    """Whether a statement, as `completed` takes it, may have further conditions than those that are known."""
    statement = _unwrapped(statement)
    if not isinstance(statement, dict):
        return isinstance(statement, Unknown)
    condition = statement.get("Condition", UNKNOWN if _is_open(statement) else {})
    return condition is not None and _condition(condition, allows_most=True) is None


def _unknown_statement(allows_most: bool) -> dict[str, Any]:
    everything = {"Principal": dict(_EVERYBODY), "Action": _EVERYTHING, "Resource": _EVERYTHING}
    if allows_most:
        return {"Effect": "Allow", **everything}
    return {"Effect": "Deny", **everything, "Condition": _EXCEPTING}


def _unwrapped(raw: Any) -> Any:
    while isinstance(raw, Secret):
        raw = raw.value
    return raw


def _is_open(raw: Any) -> bool:
    return isinstance(raw, WrittenMap) and raw.is_open


def _names(raw: Any, names_much: bool, *, of_references: str = "") -> Any:
    """
    Names, such as actions or ARNs, with something in the place of what is unknown of each.

    :param of_references: what a reference stands for; empty where it names what it refers to.
    """
    raw = _unwrapped(raw)
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
    raw = _unwrapped(raw)
    if isinstance(raw, list):
        return [_without_partial_texts(each) for each in raw]
    return UNKNOWN if isinstance(raw, PartialText) else raw


def _principal(raw: Any, names_much: bool) -> Any:
    raw = _unwrapped(raw)
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
    raw = _unwrapped(raw)
    if not isinstance(raw, dict) or _is_open(raw):
        return None
    operators: dict[str, Any] = {}
    for operator, block in raw.items():
        keys = _unwrapped(block)
        if not isinstance(keys, dict) or _is_open(keys):
            return None
        operators[operator] = {key: _names(values, allows_most) for key, values in keys.items()}
    return operators
