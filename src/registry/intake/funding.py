"""Funding lines that follow from what a dossier states, and nothing else. See decision 0010."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

from registry.projects.lines import FundingLine
from registry.projects.model import Dossier

OTHER_DEBT = "其他债务融资"


def derive_funding_lines(dossier: Dossier) -> list[FundingLine]:
    """Return one secured line for each year of issued bonds, and planned lines without a year for the stated rest.

    Amounts of 0 and unknown amounts give no line. No line is made for a difference nobody named.
    """
    issued: dict[int | None, Decimal] = defaultdict(Decimal)
    for bond in dossier.bond_issuances:
        if bond.amount_wan:
            issued[None if bond.date is None else int(bond.date[:4])] += bond.amount_wan
    lines = [
        _line(source="special_bond", year=year, amount=amount, status="secured")
        for year, amount in sorted(issued.items(), key=lambda item: (item[0] is None, item[0] or 0))
    ]
    rest = (dossier.special_bond_total or Decimal(0)) - sum(issued.values(), Decimal(0))
    if rest > 0:
        lines.append(_line(source="special_bond", amount=rest, status="planned"))
    if dossier.project_capital:
        lines.append(_line(source="equity", amount=dossier.project_capital, status="planned"))
    if dossier.other_debt:
        lines.append(_line(source="other", amount=dossier.other_debt, status="planned", instrument=OTHER_DEBT))
    return lines


def _line(**values: Any) -> FundingLine:
    """Return a line of values that were checked when the dossier was."""
    return FundingLine(**values)
