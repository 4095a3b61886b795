"""The vocabulary of rules 事实词表: every name a predicate may use, its type and its official term.

Base facts are the fields of the project catalogue; `derived` declares what is computed from them. NULL is "not
known" everywhere, and NaN and infinity never reach a rule.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Literal

import polars as pl

from registry.errors import RegistryError

SqlType = Literal["number", "text", "boolean", "date"]
Origin = Literal["catalogue", "record", "funding", "finance", "document", "derived", "evaluation"]

GOVERNING_DATE = "governing_date"

_SQL_TYPES: dict[str, SqlType] = {
    "money": "number",
    "number": "number",
    "ratio": "number",
    "integer": "number",
    "text": "text",
    "choice": "text",
    "boolean": "boolean",
    "date": "date",
}
_DTYPES: dict[SqlType, type[pl.DataType]] = {
    "number": pl.Float64,
    "text": pl.String,
    "boolean": pl.Boolean,
    "date": pl.Date,
}


class InvalidFacts(RegistryError):
    """The fact table holds a column of the wrong type."""

    code = "invalid-facts"


@dataclass(frozen=True, slots=True)
class Fact:
    """One name of the vocabulary.

    A derived fact has `build`, an expression over the facts it `reads`. `lever` names the base fact a person would
    change to move it: 资本金比例 moves with 资本金.
    """

    name: str
    kind: str
    zh: str
    en: str
    origin: Origin
    unit: str | None = None
    choices: Mapping[str, str] | None = None
    reads: tuple[str, ...] = ()
    build: Callable[[], pl.Expr] | None = None
    lever: str | None = None

    @property
    def sql_type(self) -> SqlType:
        """Return the type predicates are checked against."""
        return _SQL_TYPES[self.kind]

    @property
    def dtype(self) -> pl.DataType:
        """Return the column type of the fact table; a choice is an Enum, sixty times faster to compare than text."""
        return pl.Enum(list(self.choices)) if self.choices else _DTYPES[self.sql_type]()


@dataclass(frozen=True)
class Vocabulary:
    """All facts by name."""

    facts: Mapping[str, Fact]

    def __contains__(self, name: object) -> bool:
        return name in self.facts

    def __getitem__(self, name: str) -> Fact:
        return self.facts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.facts)

    def closest(self, name: str) -> str | None:
        """Return the name probably meant, for the message about an unknown one."""
        return next(iter(get_close_matches(name, self.facts, n=1)), None)

    def bases(self, name: str) -> tuple[str, ...]:
        """Return the facts a person can enter that this one is made of; itself when it is entered directly."""
        fact = self.facts[name]
        if fact.build is None:
            return (name,)
        found = [base for read in fact.reads for base in self.bases(read) if base != GOVERNING_DATE]
        return tuple(dict.fromkeys(found))

    def closure(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return the names with everything they are made of, parts before wholes."""
        ordered: dict[str, None] = {}

        def visit(name: str) -> None:
            if name not in ordered:
                for read in self.facts[name].reads:
                    visit(read)
                ordered[name] = None

        for name in names:
            visit(name)
        return tuple(ordered)

    def table(self, given: pl.DataFrame, names: Iterable[str], *, as_of: date) -> pl.DataFrame:
        """Return one typed column per fact, derived ones computed; a column not given is NULL throughout.

        A derived fact given as a column is taken as given. NaN, infinity and words that are no choice of their fact
        become NULL. Choices may come as text or, faster, as the Enum of `Fact.dtype`. Raises `InvalidFacts` for a
        column of another type than its fact.
        """
        ordered, columns = self.closure(names), dict(given.schema)
        entered: list[pl.Expr] = []
        derived: dict[int, list[pl.Expr]] = {}
        for name in ordered:
            fact = self.facts[name]
            if name == GOVERNING_DATE:
                entered.append(pl.lit(as_of, dtype=pl.Date).alias(name))
            elif name in columns:
                entered.append(_typed(fact, columns[name]))
            elif fact.build is None:
                entered.append(pl.lit(None, dtype=fact.dtype).alias(name))
            else:
                derived.setdefault(self._depth(name), []).append(fact.build().alias(name))
        table = given.with_columns(entered)
        for depth in sorted(derived):
            table = table.with_columns(derived[depth])
        return table.select(ordered)

    def _depth(self, name: str) -> int:
        return 1 + max((self._depth(read) for read in self.facts[name].reads), default=0)


def _typed(fact: Fact, found: pl.DataType) -> pl.Expr:
    column = pl.col(fact.name)
    if found == pl.Null:
        return column.cast(fact.dtype)
    if found == fact.dtype and fact.sql_type != "number":
        return column
    fits = {
        "number": found.is_numeric(),
        "text": found == pl.String or isinstance(found, (pl.Categorical, pl.Enum)),
        "boolean": found == pl.Boolean,
        "date": found == pl.Date,
    }
    if not fits[fact.sql_type]:
        wanted = fact.sql_type
        raise InvalidFacts(
            f"事实表的列 {fact.name}（{fact.zh}）类型是 {found}，应为 {wanted}；请在送入规则前转换",
            f"column {fact.name} ({fact.en}) of the fact table is {found}, should be {wanted}; convert it first",
        )
    if fact.choices and found != fact.dtype:
        return column.cast(pl.String).cast(fact.dtype, strict=False)
    if fact.sql_type != "number":
        return column
    if not found.is_float():
        return column.cast(pl.Float64)
    number = column.cast(pl.Float64)
    return pl.when(number.is_finite()).then(number).alias(fact.name)
