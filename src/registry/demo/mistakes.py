"""Mistakes as people make them: every one passes the checks of a single field, and is wrong beside the others."""

from collections.abc import Callable
from typing import Any

import opencc

from registry.demo.dice import Dice
from registry.quantities import LARGEST_CNY_10K

Document = dict[str, Any]

_TO_TRADITIONAL = opencc.OpenCC("s2t")


def make_mistake(dice: Dice, document: Document) -> None:
    """Put one mistake into the document."""
    dice.pick(_MISTAKES)(dice, document)


def _amount_in_yuan(_dice: Dice, document: Document) -> None:
    """Type the total in 元 where the form asks for 万元."""
    if document["total_investment"] * 10_000 < LARGEST_CNY_10K:
        document["total_investment"] *= 10_000


def _amount_in_million_yuan(_dice: Dice, document: Document) -> None:
    """Type the total in 百万元."""
    document["total_investment"] = (document["total_investment"] / 100).quantize(document["total_investment"])


def _line_forgotten(dice: Dice, document: Document) -> None:
    """Forget a funding line, so that the lines no longer add up to the total."""
    lines = document["funding_lines"]
    if len(lines) > 1:
        lines.pop(dice.integer(0, len(lines) - 1))


def _ends_swapped(_dice: Dice, document: Document) -> None:
    """Put start and end of construction in each other's place."""
    document["construction_start"], document["construction_end"] = (
        document["construction_end"],
        document["construction_start"],
    )


def _operates_too_early(_dice: Dice, document: Document) -> None:
    """Let operation start before construction ends, as in several published records."""
    document["operation_start"] = document["construction_end"][:4]


def _traditional_name(_dice: Dice, document: Document) -> None:
    """Copy the name from a page in traditional characters."""
    document["name"] = str(_TO_TRADITIONAL.convert(document["name"]))


def _untidy_name(_dice: Dice, document: Document) -> None:
    """Copy the name with spaces and brackets around it."""
    document["name"] = f" {document['name']} （示例）".replace("工程", " 工程")


def _line_in_the_wrong_year(_dice: Dice, document: Document) -> None:
    """Enter money for a year after everything is built."""
    if document["funding_lines"]:
        document["funding_lines"][-1]["year"] += 8


def _place_too_high(_dice: Dice, document: Document) -> None:
    """Give the code of the province where that of the county belongs."""
    document["city_code"] = f"{document['city_code'][:2]}0000"


def _capital_with_bond(_dice: Dice, document: Document) -> None:
    """Count the bond into the capital as well."""
    document["project_capital"] += document["special_bond_total"]


_MISTAKES: tuple[Callable[[Dice, Document], None], ...] = (
    _amount_in_yuan,
    _amount_in_million_yuan,
    _line_forgotten,
    _ends_swapped,
    _operates_too_early,
    _traditional_name,
    _untidy_name,
    _line_in_the_wrong_year,
    _place_too_high,
    _capital_with_bond,
)
