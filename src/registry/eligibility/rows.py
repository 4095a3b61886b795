"""One project's facts, from JSON or a rule case, as values the fact table takes."""

import math
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import polars as pl

from registry.eligibility.facts import Fact, InvalidFacts, Vocabulary

Value = float | str | bool | date | None


class InvalidRow(InvalidFacts):
    """A fact of one project is unknown or of the wrong type."""

    code = "invalid-fact"


def fact_row(given: Mapping[str, Any], vocabulary: Vocabulary, *, strict: bool = False) -> dict[str, Value]:
    """Return the facts among the given values, typed; names that are no facts are left out (`strict`: refused).

    Numbers may be Decimal or decimal text, dates ISO text. Raises `InvalidRow` for a value of another type.
    """
    row: dict[str, Value] = {}
    for name, value in given.items():
        if name not in vocabulary:
            if strict:
                near = vocabulary.closest(name)
                zh, en = f"未知的事实 {name}", f"unknown fact {name}"
                raise InvalidRow(f"{zh}；是否指 {near}？" if near else zh, f"{en}; is {near} meant?" if near else en)
            continue
        row[name] = None if value is None else _value(vocabulary[name], value)
    return row


def row_table(row: Mapping[str, Value], vocabulary: Vocabulary) -> pl.DataFrame:
    """Return the table of one row."""
    return row_tables([row], vocabulary)


def row_tables(rows: list[Mapping[str, Value]], vocabulary: Vocabulary) -> pl.DataFrame:
    """Return the table of several rows; a fact one row lacks is NULL there."""
    names = dict.fromkeys(name for row in rows for name in row)
    if not names:
        return pl.DataFrame({"_row": range(len(rows))})
    # By row: a column of its own for each of two hundred facts of one project takes ten times as long.
    return pl.DataFrame(
        [tuple(row.get(name) for name in names) for row in rows],
        schema={name: vocabulary[name].dtype for name in names},
        orient="row",
    )


def _value(fact: Fact, value: Any) -> Value:
    if fact.sql_type == "number":
        number = _number(value)
        if number is not None:
            return number
    elif fact.sql_type == "boolean" and isinstance(value, bool):
        return value
    elif fact.sql_type == "date":
        day = _date(value)
        if day is not None:
            return day
    elif fact.sql_type == "text" and isinstance(value, date) and not fact.choices:
        return value.isoformat()[:10]  # YAML reads a day as a date; a period is kept as written
    elif fact.sql_type == "text" and isinstance(value, str):
        if fact.choices and value not in fact.choices:
            known = "、".join(fact.choices)
            zh = f"{fact.name}（{fact.zh}）不能是“{value}”；可取 {known}"
            raise InvalidRow(zh, f"{fact.name} cannot be '{value}'; known are {known}")
        return value
    zh = f"{fact.name}（{fact.zh}）的值“{value}”不是 {fact.sql_type}"
    raise InvalidRow(zh, f"the value '{value}' of {fact.name} ({fact.en}) is not a {fact.sql_type}")


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal, str)):
        return None
    try:
        number = float(Decimal(value)) if isinstance(value, str) else float(value)
    except (InvalidOperation, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _date(value: Any) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
