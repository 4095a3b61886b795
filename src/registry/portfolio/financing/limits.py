"""The limits rule packs set on a mix, on a governing date: read off their parameters, each with its source.

A parameter nobody could verify gives no limit, and a remark that says so.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from registry.eligibility.checked import PackVersion
from registry.eligibility.verdicts import LibraryVerdict, RuleAnswer
from registry.errors import Finding
from registry.portfolio.financing.model import Floor, Words
from registry.projects.model import Dossier

CAPITAL, BOND, LOAN, CENTRAL = "project-capital", "special-bond", "fixed-asset-loan", "central-eco-fund"
PACKS = (CAPITAL, BOND, LOAN, CENTRAL)

_CENTRAL_SHARES = {
    "air": ("air-central-share-50", "air_central_share", "pollution_control_investment"),
    "water": ("water-central-share", "water_central_share", "total_investment"),
    "soil": ("soil-central-share", "soil_central_share", "total_investment"),
    "rural": ("rural-central-share", "rural_central_share", "total_investment"),
}
"""Fund to the rule on its share, the parameter and the amount it is a share of."""
_FLOOR_PARAMETER = re.compile(r":(floor_\w+)")
_DSCR = re.compile(r"finance_dscr_min\s*>=\s*(:\w+|\d+(?:\.\d+)?)")


@dataclass(frozen=True, slots=True)
class RuleSet:
    """One pack as it judges the project: the verdict, and the version with its parameters."""

    verdict: LibraryVerdict
    version: PackVersion
    values: Mapping[str, Any]

    def origin(self, answer: RuleAnswer | None, name: str | None = None) -> Words:
        """Return where a limit comes from: document and article of the dated value, else of the rule."""
        document, article = (answer.document, answer.article) if answer else (self.version.head.document, None)
        if name is not None and name in self.version.parameters:
            held = [each for each in self.version.parameters[name].values if each.from_ <= self.verdict.as_of]
            if held:
                source = max(held, key=lambda each: each.from_).source
                document, article = source.document, source.article
        clause = f" {article}" if article else ""
        return f"{document}{clause}", f"{document}{clause}"


Rules = Mapping[str, RuleSet]


def rules_of(verdicts: list[LibraryVerdict], packs: Any, as_of: date) -> Rules:
    """Return the packs that judge the project, with the values of the date."""
    found = {}
    for verdict in verdicts:
        version = packs[verdict.pack].find_version(verdict.version)
        found[verdict.pack] = RuleSet(verdict, version, version.values_on(as_of))
    return found


def floors_of(dossier: Dossier, rules: Rules) -> dict[str, Floor]:
    """Return the floors on capital, debt service coverage and coverage of bonds."""
    return {
        "capital_floor": _capital_floor(dossier, rules.get(CAPITAL)),
        "dscr_floor": _dscr_floor(rules),
        "bond_coverage_floor": _bond_coverage(dossier, rules.get(BOND)),
    }


def _capital_floor(dossier: Dossier, rules: RuleSet | None) -> Floor:
    if rules is None:
        return Floor(None, ("该日期没有资本金规则施行", "no rule on capital in force on that date"))
    if dossier.capital_sector is None:
        return Floor(
            None,
            (
                "未填写资本金行业类别，无法确定最低比例",
                "the sector of the capital table is missing, so no floor is known",
            ),
        )
    for answer in rules.verdict.answers:
        rule = next((each.rule for each in rules.version.rules if each.rule.id == answer.rule), None)
        name = _FLOOR_PARAMETER.search((rule and rule.require) or "")
        if answer.part != "sector-table" or answer.status == "not_applicable" or rule is None or name is None:
            continue
        value, (zh, en) = rules.values.get(name[1]), rules.origin(answer, name[1])
        if value is None:
            return Floor(None, (f"{zh}：数值待核实，未作限制", f"{en}: could not be verified, so no limit"))
        relief = rules.values.get("relief_points")
        if dossier.is_capital_relief_claimed and relief and ":relief_points" in (rule.require or ""):
            return Floor(
                float(value) - float(relief), (f"{zh}，已申请下调 {relief:.0%}", f"{en}, relief of {relief:.0%}")
            )
        return Floor(float(value), (zh, en))
    return Floor(None, ("该项目不适用最低资本金比例", "no capital floor applies to this project"))


def _dscr_floor(rules: Rules) -> Floor:
    """Return the strictest floor on debt service coverage of any pack the actor may see, a bank's own among them."""
    found: list[tuple[float, Words]] = []
    for each in rules.values():
        for checked in each.version.rules:
            match = _DSCR.search(checked.rule.require or "")
            name = match[1].removeprefix(":") if match else None
            value = None if match is None else each.values.get(str(name)) if match[1].startswith(":") else match[1]
            if value is not None:
                cite = checked.rule.cite
                clause = f"{cite.document} {cite.article or ''}".strip()
                found.append(
                    (float(value), (f"{checked.rule.title_zh}（{clause}）", f"{checked.rule.title_en} ({clause})"))
                )
    if not found:
        return Floor(None, ("没有规则给出下限", "no rule gives a floor"))
    return Floor(*max(found, key=lambda each: each[0]))


def _bond_coverage(dossier: Dossier, rules: RuleSet | None) -> Floor:
    if rules is None:
        return Floor(None, ("该日期没有专项债规则施行", "no rule on special bonds in force on that date"))
    if dossier.has_bond_repayment_arrangement:
        return Floor(
            None,
            ("已有其他偿债安排，不以覆盖倍数为限", "another arrangement repays the bonds, so coverage is no limit"),
        )
    value, origin = rules.values.get("coverage_floor"), rules.origin(None, "coverage_floor")
    if value is None:
        return Floor(None, (f"{origin[0]}：待核实", f"{origin[1]}: could not be verified"))
    return Floor(float(value), origin)


def bond_refusal(rules: RuleSet | None) -> Words | None:
    """Return why special bonds may not be used: a rule of the negative list 负面清单 the project fails; else None."""
    for answer in rules.verdict.answers if rules else ():
        if answer.part is None and answer.severity == "block" and answer.status == "fail":
            return answer.say_zh, answer.say_en
    return None


def open_questions(rules: RuleSet | None) -> Iterator[Finding]:
    """Yield what the negative list cannot decide yet."""
    undecided = [
        each
        for each in (rules.verdict.answers if rules else ())
        if each.part is None and each.severity == "block" and each.status == "unknown"
    ]
    if undecided:
        zh, en = "、".join(each.title_zh for each in undecided), ", ".join(each.title_en for each in undecided)
        yield Finding(
            "sources[special_bond]",
            "not-decided-yet",
            f"专项债负面清单尚不能判断：{zh}；先按可用测算",
            f"The negative list of special bonds cannot be decided yet: {en}; calculated as if it may be used",
            severity="warning",
        )


@dataclass(frozen=True, slots=True)
class CentralShare:
    """The most a central fund may give: an amount, None where no rule gives one; and where that comes from."""

    cap: Decimal | None
    origin: Words


def central_share(dossier: Dossier, rules: RuleSet | None) -> CentralShare | None:
    """Return the cap of the fund the dossier applies to; None where it applies to none."""
    known = _CENTRAL_SHARES.get(dossier.central_fund or "")
    if known is None or rules is None:
        return None
    rule, name, base = known
    answer = next((each for each in rules.verdict.answers if each.rule == rule), None)
    if answer is None or answer.status == "not_applicable":
        return CentralShare(None, ("占比上限不适用于该项目", "no ceiling of the share applies to this project"))
    share, (zh, en) = rules.values.get(name), rules.origin(answer, name)
    if share is None:
        unknown = "：占比上限待核实，未作限制", ": the ceiling of the share could not be verified, so no limit"
        return CentralShare(None, (zh + unknown[0], en + unknown[1]))
    amount = getattr(dossier, base)
    if amount is None:
        return CentralShare(
            None,
            (f"{zh}：上限 {share:.0%}，但基数未填写", f"{en}: a ceiling of {share:.0%} of an amount nobody has stated"),
        )
    whole = (Decimal(str(share)) * amount).quantize(Decimal("0.000001"))
    return CentralShare(whole, (f"{zh}：不超过 {share:.0%}", f"{en}: at most {share:.0%}"))
