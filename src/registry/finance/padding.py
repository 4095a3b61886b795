"""Fill up cases of different structures to a common one, so that a mixed portfolio is a few large batches.

A zero debt, stream or cost adds exact zeros to sums whose order does not depend on it (`Structure.*_in_order`), so
every figure of the project as a whole keeps its bits.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from registry.finance.book import Book
from registry.finance.cells import Cell
from registry.finance.structure import Basis, DebtShape, Structure

Shape = TypeVar("Shape", bound=Hashable)

_NEVER_ZERO: Final = ("periods", "life", "escalation_years")
"""Cells of an absent member that something is divided by."""
DRIVEN: Final = {"max_capacity", "sculpted_dscr"}
YEARLY: Final[tuple[Basis]] = ("annual",)
_AMOUNTS: Final = ("streams", "costs", "subsidies")


def kinship(structure: Structure) -> Hashable:
    """Return what cases must share to be filled up alike: whatever costs much time stays with those that need it."""
    sculpted = None if structure.sculpted is None else structure.debts[structure.sculpted]
    return structure.loss_years, sculpted, bool(structure.debts_by("max_capacity"))


def union_of(structures: Sequence[Structure]) -> Structure:
    """Return the smallest structure that has room for each of these kin, as long as the first."""
    first = structures[0]
    if all(replace(structure, years=first.years) == first for structure in structures):
        return first
    scheduled = _most([debt for debt in each.debts if debt.method not in DRIVEN] for each in structures)
    categories = _most([category for _, category in each.costs] for each in structures)
    return Structure(
        years=first.years,
        streams=YEARLY * max(len(each.streams) for each in structures),
        costs=tuple(("annual", category) for category in sorted(categories.elements())),
        subsidies=YEARLY * max(len(each.subsidies) for each in structures),
        grants=tuple(sorted(_most(each.grants for each in structures).elements())),
        debts=(
            *sorted(scheduled.elements(), key=lambda debt: debt.rank),
            *_common_order({_driven(each) for each in structures}),
        ),
        maintenance=max(each.maintenance for each in structures),
        loss_years=first.loss_years,
    )


def _driven(structure: Structure) -> tuple[DebtShape, ...]:
    """Return the debts served out of what is left, in the order they are served: that of the case."""
    return tuple(debt for debt in structure.debts if debt.method in DRIVEN)


def _common_order(orders: Iterable[tuple[DebtShape, ...]]) -> list[DebtShape]:
    """Return an order of debts in which each of these orders can be found, others left out in between."""
    common: list[DebtShape] = []
    for order in sorted(orders, key=lambda each: [debt.rank for debt in each]):
        start = 0
        for debt in order:
            if debt not in common[start:]:
                common.append(debt)
            start = common.index(debt, start) + 1
    return common


def empty_cells(union: Structure, book: Book) -> dict[str, Cell]:
    """Return the cells of a case that has no members at all."""
    keys = {row.key: 1.0 if row.key.endswith(_NEVER_ZERO) else 0.0 for row in book.givens()}
    return {key: [empty] * union.years if book.rows[key].by_year else empty for key, empty in keys.items()}


def padded(cells: dict[str, Cell], structure: Structure, union: Structure, empty: dict[str, Cell]) -> dict[str, Cell]:
    """Return the cells of a case under the numbers of a larger structure of as many years, `empty` elsewhere."""
    if structure == union:
        return cells
    numbers = _numbers(structure, union)
    found = empty.copy()
    for key, value in cells.items():
        family, _, rest = key.partition(".")
        if rest:
            number, _, part = rest.partition(".")
            found[f"{family}.{numbers[family][int(number)]}.{part}"] = value
        else:
            found[key] = value
    for family in _AMOUNTS:
        for place in numbers[family]:
            _as_yearly_amount(f"{family}.{place}", found)
    return found


def _as_yearly_amount(key: str, cells: dict[str, Cell]) -> None:
    """State a quantity at a price, or a schedule, as a yearly amount with a ramp: the same product of numbers."""
    if f"{key}.quantity" in cells:
        cells[f"{key}.amount"] = _single(cells.pop(f"{key}.quantity")) * _single(cells.pop(f"{key}.price"))
    elif f"{key}.schedule" in cells:
        cells[f"{key}.ramp"] = cells.pop(f"{key}.schedule")
        cells[f"{key}.amount"] = 1.0


def _single(cell: Cell) -> float:
    if isinstance(cell, list):
        raise TypeError("a quantity and a price are single cells")
    return cell


def _numbers(structure: Structure, union: Structure) -> dict[str, list[int]]:
    """Return for each family the number in the union of each member of the case."""
    plain = {
        "streams": list(range(len(structure.streams))),
        "subsidies": list(range(len(structure.subsidies))),
        "maintenance": list(range(structure.maintenance)),
    }
    return plain | {
        "costs": _places([category for _, category in structure.costs], [category for _, category in union.costs]),
        "grants": _places(structure.grants, union.grants),
        "debts": _debt_places(structure, union),
    }


def _debt_places(structure: Structure, union: Structure) -> list[int]:
    """Return the places of the debts: scheduled ones by shape, the others one after the other."""
    scheduled = [i for i, debt in enumerate(structure.debts) if debt.method not in DRIVEN]
    room = [debt for debt in union.debts if debt.method not in DRIVEN]
    found = dict(zip(scheduled, _places([structure.debts[i] for i in scheduled], room), strict=True))
    start = len(room)
    for i, debt in enumerate(structure.debts):
        if debt.method in DRIVEN:
            found[i] = union.debts.index(debt, start)
            start = found[i] + 1
    return [found[i] for i in range(len(structure.debts))]


def _places(members: Sequence[Shape], room: Sequence[Shape]) -> list[int]:
    """Return for each member the next free place of its shape."""
    free: dict[Shape, list[int]] = {}
    for place in reversed(range(len(room))):
        free.setdefault(room[place], []).append(place)
    return [free[member].pop() for member in members]


def _most(families: Iterable[Iterable[Shape]]) -> Counter[Shape]:
    """Return for each shape the most members any case has of it."""
    most: Counter[Shape] = Counter()
    for family in families:
        most |= Counter(family)
    return most
