"""The financial case field by field 财务测算输入: the one list behind its form and its sheets.

Read off the models of `financials`. A single value is named by its path, such as `timeline.construction_years`; a
list of parts, such as `revenue_streams`, is a collection whose records have fields of their own. Amounts and shares
by year stand in one field, separated by semicolons; so do the steps of an interest rate, as `year=share`.
"""

import re
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from registry.projects.case_help import CASE_HELP, Help
from registry.projects.catalogue import CatalogueField, Kind
from registry.projects.financials import Amount, FinancialCase, Part, RateStep
from registry.quantities import Integer, Number, Ratio, Term, YesNo

SECTION = "financials"

_KINDS: tuple[tuple[Any, Kind], ...] = (
    (Amount, "money"),
    (Ratio, "ratio"),
    (Number, "number"),
    (Integer, "integer"),
    (YesNo, "boolean"),
)
_SERIES: tuple[tuple[Any, Kind], ...] = ((Amount, "amounts"), (Ratio, "ratios"), (RateStep, "rate_steps"))
_UNITS: Mapping[Kind, str] = {"money": "万元", "amounts": "万元，按年以分号分隔", "ratios": "按年以分号分隔"}

_RECORD = re.compile(r"^([a-z_]+)\[(\d+)\](?:\.(.+))?$")

LABELS: Mapping[str, str] = {
    "bank_loan": "银行贷款",
    "policy_bank_loan": "政策性、开发性银行贷款",
    "commercial_bank_loan": "商业银行贷款",
    "special_bond": "地方政府专项债券",
    "green_bond": "绿色债券",
    "equal_principal": "等额还本，利息照付",
    "level_payment": "等额还本付息",
    "bullet": "到期一次还本",
    "custom": "按分年比例还本",
    "max_capacity": "按最大偿还能力",
    "sculpted_dscr": "按偿债备付率安排",
    "central": "中央",
    "provincial": "省级",
    "city": "市级",
    "county": "县级",
    "contracted": "合同约定",
    "regulated": "政府定价",
    "market": "市场价格",
    "uncontracted": "尚无合同",
    "approved": "已获批复或登记",
    "expected": "预期可得",
    "hoped": "意向设想",
    "ccer": "温室气体自愿减排（CCER）",
    "pollution_rights": "排污权交易",
    "ecological_compensation": "生态保护补偿",
    "ecological_product": "生态产品价值实现",
    "materials": "外购原材料",
    "fuel_and_power": "外购燃料及动力",
    "wages": "工资及福利",
    "repair": "修理费",
    "none": "无",
    "three_free_three_half": "三免三减半",
    "two_free_three_half": "两免三减半",
    "government": "政府",
    "private": "社会资本",
    "other": "其他",
    "capitalised": "计入总投资",
    "paid": "当期支付",
    "variable": "可变",
    "fixed": "固定",
    "year_end": "年末",
    "mid_year": "年中",
    "year_zero": "首年为零期",
    "construction": "自建设期起",
    "operation": "自运营期起",
    "average": "年均",
    "normal": "正常年",
    "explicit": "单列销项、进项税",
    "net": "只列应纳税额",
}
"""What each coded choice of a case is called."""


@dataclass(frozen=True, slots=True)
class CaseRecords:
    """A list of parts 一组记录, such as the revenue streams: its names, and the fields of one record."""

    zh: str
    en: str
    fields: Mapping[str, CatalogueField]


@cache
def case_fields() -> Mapping[str, CatalogueField]:
    """Return the single values of a case by path, in the order of the model."""
    return types.MappingProxyType(dict(_single(FinancialCase, "")))


@cache
def case_records() -> Mapping[str, CaseRecords]:
    """Return the lists of parts a case holds, by name."""
    found = {}
    for name, info in FinancialCase.model_fields.items():
        part = _part_of_list(info)
        if part is not None:
            fields = types.MappingProxyType(dict(_single(part, "", f"{name}.")))
            found[name] = CaseRecords(info.title or name, _spoken(name), fields)
    return types.MappingProxyType(found)


def flat(part: Mapping[str, Any], fields: Mapping[str, CatalogueField]) -> dict[str, Any]:
    """Return the values of a part (as in the JSON document) by path; what is unknown is left out."""
    found = {}
    for path in fields:
        value: Any = part
        for name in path.split("."):
            value = value.get(name) if isinstance(value, (dict, Mapping)) else None
        if value is not None:
            found[path] = value
    return found


def nested(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part, as in the JSON document, of values by path; the other direction of `flat`."""
    part: dict[str, Any] = {}
    for path, value in values.items():
        *parents, name = path.split(".")
        place = part
        for parent in parents:
            place = place.setdefault(parent, {})
        place[name] = value
    return part


def case_title(path: str) -> tuple[str, str]:
    """Return what a place in a case is called: 营业收入第 1 条·单价; the path itself where there is no such place."""
    place, item = path, ""
    if path.endswith("]"):
        place, _, item = path.removesuffix("]").rpartition("[")
    zh, en = _place_title(place)
    return (f"{zh}第 {int(item) + 1} 项", f"{en}, item {int(item) + 1}") if item.isdigit() else (zh, en)


def field_in_case(path: str) -> CatalogueField | None:
    """Return the field at a place in a case, such as `debts[0].name`; None where none stands alone."""
    match = _RECORD.match(path)
    if match is None:
        return case_fields().get(path)
    records = case_records().get(match[1])
    return None if records is None else records.fields.get(match[3] or "")


def _place_title(path: str) -> tuple[str, str]:
    if path in case_fields():
        found = case_fields()[path].term
        return found.zh, found.en
    match = _RECORD.match(path)
    if match and match[1] in case_records():
        records, number = case_records()[match[1]], int(match[2]) + 1
        field = records.fields.get(match[3] or "")
        if field is None:
            return f"{records.zh}第 {number} 条", f"{records.en}, no. {number}"
        return f"{records.zh}第 {number} 条·{field.term.zh}", f"{records.en}, no. {number}: {field.term.en}"
    if path in FinancialCase.model_fields:
        return str(FinancialCase.model_fields[path].title or path), _spoken(path)
    return path, path


def _single(model: type[Part], prefix: str, of: str = "") -> Iterator[tuple[str, CatalogueField]]:
    for name, info in model.model_fields.items():
        shape, path = _shape(info), prefix + name
        if isinstance(shape, type) and issubclass(shape, Part):
            yield from _single(shape, f"{path}.", of)
        elif _part_of_list(info) in {None, RateStep}:
            yield path, _described(path, info, shape, CASE_HELP[of + path])


def _described(path: str, info: FieldInfo, shape: Any, told: Help) -> CatalogueField:
    kind, choices = _kind(shape), None
    if kind == "choice":
        choices = {code: LABELS[code] for code in get_args(shape)}
    term = Term(
        info.title or path,
        _spoken(path.rpartition(".")[2]),
        SECTION,
        unit=_UNITS.get(kind),
        help_zh=told[0],
        source=told[1],
        choices=choices,
        is_fact=False,
    )
    return CatalogueField(path, kind, term, None, is_required=False)


def _kind(shape: Any) -> Kind:
    if get_origin(shape) is Literal:
        return "choice"
    kinds = _KINDS
    if get_origin(shape) is list:
        (shape,), kinds = get_args(shape), _SERIES
    return next((kind for known, kind in kinds if known == shape), "text")


def _shape(info: FieldInfo) -> Any:
    """Return the type of a field that may be missing, without the None."""
    annotation = info.annotation
    if get_origin(annotation) in (Union, types.UnionType):
        annotation = next(item for item in get_args(annotation) if item is not type(None))
    return annotation


def _part_of_list(info: FieldInfo) -> type[Part] | None:
    shape = _shape(info)
    item = get_args(shape)[0] if get_origin(shape) is list else None
    return item if isinstance(item, type) and issubclass(item, Part) else None


def _spoken(name: str) -> str:
    return name.replace("_", " ").capitalize()
