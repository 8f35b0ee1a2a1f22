"""Facts about AWS, each with its source and the day on which it was checked."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dataset:
    """
    Where a set of facts comes from. Modules with tables have one in DATASETS for each set of tables; JSON files say the
    same at their top, as `source`, `date` and `max_age`. `python -m tools.facts` lists all of them.

    :param name: what the facts are about, in a few words.
    :param date: the day on which they were last compared with their sources (ISO 8601).
    :param source: the pages or packages that they come from.
    :param max_age: the number of days after which they have to be compared again.
    """

    name: str
    date: str
    source: tuple[str, ...]
    max_age: int = 180
