"""Labelled pairs for the duplicate search: the published records, and the ways in which they are entered again.

A positive is the same project under realistic variations, two or three at once. A negative is what reviewers confuse
with it: the next phase, the same works in another city, a neighbouring site of the same company, next year's batch.
"""

import csv
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import opencc

import registry.demo
from registry.projects.codes import division_names
from registry.projects.duplicates.scoring import Record, record_of

PUBLISHED = Path(registry.demo.__file__).with_name("published_projects.csv")
_TO_TRADITIONAL = opencc.OpenCC("s2t")

Values = dict[str, Any]
Variation = Callable[[random.Random, Values], None]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two records, whether they are one project, and which variation made the second."""

    one: Record
    other: Record
    is_same: bool
    kind: str


def originals(rng: random.Random) -> list[Values]:
    """Return the published records as field values, each in a city of its own where the page masks it."""
    cities = sorted(code for code in division_names() if not code.endswith("0000") and code[2:4] != "90")
    found = []
    with PUBLISHED.open(encoding="utf-8") as file:
        for number, row in enumerate(csv.DictReader(file)):
            if row["project_name"].startswith("VLOOKUP"):
                continue
            total = row["total_investment_wan"]
            city = rng.choice(cities)
            found.append(
                {
                    "name": row["project_name"],
                    "city_code": city,
                    "city_name": division_names()[city],
                    "total_investment": Decimal(total) if re.fullmatch(r"[\d.]+", total) else None,
                    "content_summary": row["content_summary"],
                    "construction_start": row["construction_start"] or None,
                    "construction_end": row["construction_end"] or None,
                    "implementer_credit_code": f"company-{number}",
                    "approval_code": f"approval-{number}" if rng.random() < 0.6 else None,
                }
            )
    return found


def labelled_pairs(seed: int = 20261121, copies: int = 12) -> list[Pair]:
    """Return positives and negatives; the same seed gives the same pairs."""
    rng = random.Random(seed)  # noqa: S311 - repeatable on purpose
    records = originals(rng)
    pairs: list[Pair] = []
    for values in records:
        own = record_of(values)
        for _ in range(copies):
            again = dict(values)
            chosen = rng.sample(sorted(SAME), rng.choice((2, 2, 3)))
            for name in chosen:
                SAME[name](rng, again)
            pairs.append(Pair(own, record_of(again), is_same=True, kind="+".join(sorted(chosen))))
        for name, variation in DIFFERENT.items():
            for _ in range(copies // 4):
                # Half of them have a code of their own by now, the others none yet.
                again = {**values, "approval_code": rng.choice((None, f"approval-{rng.randrange(10**6, 10**7)}"))}
                variation(rng, again)
                pairs.append(Pair(own, record_of(again), is_same=False, kind=name))
    everyone = [record_of(values) for values in records]
    pairs += [
        Pair(one, other, is_same=False, kind="another record")
        for number, one in enumerate(everyone)
        for other in everyone[:number]
    ]
    return pairs


def _masked(rng: random.Random, values: Values) -> None:
    name = values["name"]
    if len(name) > 10:
        start = rng.randrange(0, len(name) - 6)
        name = name[:start] + "****" + name[start + rng.choice((2, 3)) :]
    values |= {"name": name, "city_code": None, "city_name": "**市", "approval_code": None}


def _traditional(_rng: random.Random, values: Values) -> None:
    values["name"] = str(_TO_TRADITIONAL.convert(values["name"]))


def _phase_spelling(rng: random.Random, values: Values) -> None:
    number = rng.choice((("一", "Ⅰ"), ("二", "Ⅱ")))
    name = re.sub(
        rf"[（(]{number[0]}期[）)]",
        rng.choice((f"{number[0]}期", f"{number[1]}期", f"（第{number[0]}期）")),
        values["name"],
    )
    values["name"] = f"{name}（示例）" if name == values["name"] else name


def _reworded(rng: random.Random, values: Values) -> None:
    old, new = rng.choice((("项目", "工程"), ("工程", "建设项目"), ("及", "与"), ("提升", "提质"), ("建设", "")))
    values["name"] = values["name"].replace(old, new)


def _place_added(_rng: random.Random, values: Values) -> None:
    values["name"] = f"{values['city_name']}{values['name']}" if "*" not in values["city_name"] else values["name"]


def _mistyped(rng: random.Random, values: Values) -> None:
    name = values["name"]
    at = rng.randrange(len(name))
    values["name"] = name[:at] + rng.choice(("", name[at] * 2)) + name[at + 1 :]


def _rounded(_rng: random.Random, values: Values) -> None:
    if values["total_investment"]:
        values["total_investment"] = Decimal(round(values["total_investment"] / 100) * 100)


def _other_unit(_rng: random.Random, values: Values) -> None:
    if values["total_investment"]:
        values["total_investment"] *= 10_000


def _without_total(_rng: random.Random, values: Values) -> None:
    values["total_investment"] = None


def _content_reworded(rng: random.Random, values: Values) -> None:
    old, new = rng.choice((("新建", "拟新建"), ("、", "，"), ("改造", "更新改造"), ("与", "及")))
    values["content_summary"] = (values["content_summary"] or "").replace(old, new) or None


def _bare(_rng: random.Random, values: Values) -> None:
    values |= {"content_summary": None, "approval_code": None, "implementer_credit_code": None}


def _refiled(rng: random.Random, values: Values) -> None:
    values |= {"approval_code": f"approval-{rng.randrange(10**6, 10**7)}", "construction_start": None}


SAME: dict[str, Variation] = {
    "masked": _masked,
    "traditional": _traditional,
    "phase spelling": _phase_spelling,
    "reworded": _reworded,
    "place added": _place_added,
    "mistyped": _mistyped,
    "rounded": _rounded,
    "other unit": _other_unit,
    "without total": _without_total,
    "content reworded": _content_reworded,
    "bare": _bare,
    "refiled": _refiled,
}


def _other_figures(rng: random.Random, values: Values) -> None:
    """Another project has another size: total and figures change."""
    if values["total_investment"]:
        values["total_investment"] = Decimal(round(float(values["total_investment"]) * rng.uniform(0.4, 1.9)))
    values["content_summary"] = re.sub(
        r"\d+(?:\.\d+)?", lambda _: str(rng.randrange(1, 400)), values["content_summary"]
    )
    values |= {"construction_start": "2027", "construction_end": "2029"}


def _next_phase(rng: random.Random, values: Values) -> None:
    _other_figures(rng, values)
    name = values["name"]
    values["name"] = re.sub(r"[一二]期", "三期", name) if re.search(r"[一二]期", name) else f"{name}（二期）"


def _another_city(rng: random.Random, values: Values) -> None:
    _other_figures(rng, values)
    cities = sorted(code for code in division_names() if not code.endswith("0000") and code != values["city_code"])
    values |= {"city_code": rng.choice(cities), "implementer_credit_code": f"company-x{rng.random()}"}


def _neighbouring_site(rng: random.Random, values: Values) -> None:
    _other_figures(rng, values)
    name = values["name"]
    middle = len(name) // 2
    values["name"] = name[:middle] + rng.choice(("城东片区", "老城区", "青溪镇", "经开区")) + name[middle:]


def _next_batch(rng: random.Random, values: Values) -> None:
    _other_figures(rng, values)
    values["name"] = f"2027年{values['name'].removeprefix('2024年')}"


DIFFERENT: dict[str, Variation] = {
    "next phase": _next_phase,
    "another city": _another_city,
    "neighbouring site": _neighbouring_site,
    "next batch": _next_batch,
}
