"""Following the money of a facility 资金跟踪: committed, drawn, repaid and outstanding by lender and year."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from registry.errors import Finding
from registry.programme.regional_programme.document import RegionalProgrammeDocument


@dataclass(frozen=True, slots=True)
class LenderYear:
    """One lender in one year, 万元. An amount nobody stated makes what rests on it unknown (None)."""

    lender: str
    year: int
    committed: Decimal | None
    drawn: Decimal | None
    repaid: Decimal | None
    outstanding: Decimal | None
    undrawn: Decimal | None


def tracked(document: RegionalProgrammeDocument) -> list[LenderYear]:
    """Return each lender year by year, from the first to the last year anything moved."""
    years = [each.year for each in document.movements]
    if not years:
        return []
    return [line for lender in document.lenders for line in _of_lender(document, lender.name, min(years), max(years))]


def _of_lender(document: RegionalProgrammeDocument, name: str, first: int, last: int) -> Iterator[LenderYear]:
    committed = next(each.amount for each in document.lenders if each.name == name)
    drawn_so_far: Decimal | None = Decimal(0)
    repaid_so_far: Decimal | None = Decimal(0)
    for year in range(first, last + 1):
        drawn, repaid = (_moved(document, name, year, kind) for kind in ("drawn", "repaid"))
        drawn_so_far, repaid_so_far = added(drawn_so_far, drawn), added(repaid_so_far, repaid)
        owed = less(drawn_so_far, repaid_so_far)
        yield LenderYear(name, year, committed, drawn, repaid, owed, less(committed, drawn_so_far))


def _moved(document: RegionalProgrammeDocument, lender: str, year: int, kind: str) -> Decimal | None:
    return total(
        each.amount for each in document.movements if (each.lender, each.year, each.kind) == (lender, year, kind)
    )


def total(amounts: Iterator[Decimal | None]) -> Decimal | None:
    """Return the sum; None as soon as one amount is not stated."""
    found: Decimal | None = Decimal(0)
    for amount in amounts:
        found = added(found, amount)
    return found


def added(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    """Return the sum of two amounts, None where either is unknown."""
    return None if one is None or other is None else one + other


def less(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    """Return the difference of two amounts, None where either is unknown."""
    return None if one is None or other is None else one - other


def tracking_findings(lines: Sequence[LenderYear]) -> Iterator[Finding]:
    """Yield what cannot have happened: more drawn than committed, more repaid than drawn; once a lender."""
    told: set[tuple[str, str]] = set()
    for line in lines:
        for code, amount, zh, en in (
            ("over-committed", line.undrawn, "累计提款超过承诺额度", "more is drawn than committed"),
            ("over-repaid", line.outstanding, "累计还本超过累计提款", "more is repaid than drawn"),
        ):
            if amount is not None and amount < 0 and (line.lender, code) not in told:
                told.add((line.lender, code))
                yield Finding(
                    "movements",
                    code,
                    f"{line.lender} 到 {line.year} 年{zh} {-amount:,.2f} 万元，请核对资金往来",
                    f"{line.lender}: by {line.year} {en}, by {-amount:,.2f}; check the movements",
                    f"{-amount}",
                )
