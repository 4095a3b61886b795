"""Values of a row to a checked dossier: one validation a row; what the catalogue refuses is left out and said."""

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from registry.intake.cells import Flaw
from registry.projects.case_fields import SECTION as CASE
from registry.projects.model import Dossier

_MESSAGES: dict[str, tuple[str, str]] = {
    "string_too_long": ("最多 {max_length} 个字；请缩短", "has more than {max_length} characters; shorten it"),
    "string_too_short": ("至少 {min_length} 个字；请补全", "needs at least {min_length} characters"),
    "greater_than_equal": ("不能小于 {ge}；请核对数值和单位", "must not be below {ge}; check value and unit"),
    "less_than_equal": ("不能大于 {le}；比例请填 20% 或 0.2", "must not be above {le}; write a share as 20% or 0.2"),
    "missing": (
        "必填，没有可用的值，此条记录未采用；请补全",
        "is required and has no usable value; the record was not taken",
    ),
}


def build_dossier(
    values: Mapping[str, Any], base: Mapping[str, Any]
) -> tuple[Dossier, list[tuple[tuple[str | int, ...], Flaw]]]:
    """Return the dossier of `values` over `base`, and what had to be left out: the place and why.

    A refused scalar falls back to what the base holds; a refused child record loses the refused part, or is left out
    when that part is required.
    """
    document = {**base, **values}
    flaws: list[tuple[tuple[str | int, ...], Flaw]] = []
    while True:
        try:
            return Dossier.model_validate(document), flaws
        except ValidationError as error:
            details = error.errors(include_url=False)
        flaws.extend((detail["loc"], _flaw(detail)) for detail in reversed(details))
        # From the end, so that leaving a line out does not move the lines before it.
        for place in reversed(_places(details)):
            _leave_out(document, base, place)


def _places(details: Sequence[ErrorDetails]) -> list[tuple[str | int, ...]]:
    """Return what to leave out, each place once: the whole record where a required part of it is missing."""
    places = [detail["loc"][:-1] if _lacks_part(detail) else detail["loc"] for detail in details]
    whole = set(places)
    outermost = (place for place in places if not any(place[:length] in whole for length in range(1, len(place))))
    return list(dict.fromkeys(outermost))


def _lacks_part(detail: ErrorDetails) -> bool:
    return detail["type"] == "missing" and len(detail["loc"]) > 1


def _leave_out(document: dict[str, Any], base: Mapping[str, Any], place: tuple[str | int, ...]) -> None:
    name = str(place[0])
    if len(place) == 1:
        if name in base and document.get(name) is not base[name]:
            document[name] = base[name]
        else:
            document.pop(name, None)
        return
    if name == CASE:
        document[name] = _without(document[name], place[1:])
        return
    lines = [dict(line) for line in document[name]]
    index = int(place[1])
    if len(place) > 2:  # noqa: PLR2004 - collection, index, field
        lines[index].pop(str(place[2]), None)
    else:
        del lines[index]
    document[name] = lines


def _without(case: Mapping[str, Any], place: tuple[str | int, ...]) -> dict[str, Any]:
    """Return a financial case less the refused value; values by year go together, or the rest would move a year."""
    left = copy.deepcopy(dict(case))
    part: Any = left
    for step, after in zip(place, (*place[1:], None), strict=True):
        if isinstance(part, dict) and step not in part:
            # Another year of the same value was refused too, and it is gone as a whole.
            break
        if after is None or (isinstance(after, int) and not isinstance(part[step][after], dict)):
            del part[step]
            break
        part = part[step]
    return left


def _flaw(detail: ErrorDetails) -> Flaw:
    context = detail.get("ctx", {})
    if "en" in context:
        return Flaw(detail["type"], detail["msg"], str(context["en"]))
    zh, en = _MESSAGES.get(detail["type"], ("不符合字段要求；请对照模板说明改正", "does not fit the field: {msg}"))
    known = {"msg": detail["msg"], **context}
    return Flaw(detail["type"].replace("_", "-"), zh.format(**known), en.format(**known))
