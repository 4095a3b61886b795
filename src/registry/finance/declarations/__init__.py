"""The rows of the financial statements, each declared once, table by table."""

from dataclasses import replace
from functools import lru_cache

from registry.finance.book import Book
from registry.finance.declarations.assets import declare_assets
from registry.finance.declarations.balance import declare_balance_sheet
from registry.finance.declarations.cash import declare_cash_flows
from registry.finance.declarations.checks import declare_checks
from registry.finance.declarations.debts import declare_debts
from registry.finance.declarations.investment import declare_investment
from registry.finance.declarations.operation import declare_operation
from registry.finance.declarations.profit import declare_profit
from registry.finance.declarations.ratios import declare_ratios
from registry.finance.declarations.strict import declare_strict
from registry.finance.declarations.timing import declare_timing
from registry.finance.numpy_reader import Compilation, Program
from registry.finance.structure import Structure


def book_of(structure: Structure) -> Book:
    """Return the book of rows for cases of this structure; the same book for any length of the calculation period."""
    return _book(replace(structure, years=0))


@lru_cache(maxsize=512)
def _book(structure: Structure) -> Book:
    book = Book()
    declare_timing(book)
    declare_investment(book, structure)
    declare_debts(book, structure)
    declare_operation(book, structure)
    declare_assets(book)
    declare_profit(book, structure)
    declare_cash_flows(book)
    declare_balance_sheet(book)
    declare_ratios(book)
    declare_strict(book, structure)
    declare_checks(book, structure)
    return book


@lru_cache(maxsize=1024)
def program_of(structure: Structure, wanted: tuple[str, ...] | None = None) -> Program:
    """Return the compiled order of evaluation for a structure, for all rows or for some wanted ones."""
    return Program(book_of(structure), structure.years, compiled=_compilation(replace(structure, years=0), wanted))


@lru_cache(maxsize=512)
def _compilation(structure: Structure, wanted: tuple[str, ...] | None) -> Compilation:
    return Compilation(_book(structure), wanted)


def forget_programs(above: int) -> None:
    """Let go of what was compiled once more than `above` compilations are kept.

    For a process that prices one project after the other for hours: nearly every project is of a structure of its own,
    two megabytes each.
    """
    if _compilation.cache_info().currsize > above:
        for kept in (program_of, _compilation, _book):
            kept.cache_clear()
