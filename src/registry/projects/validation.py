"""From an untrusted document to a checked dossier, with every flaw named at once in both languages."""

import difflib
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from registry.errors import Finding, InvalidInput, shown
from registry.projects.catalogue import CatalogueField, fields, line_fields
from registry.projects.model import Dossier

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_DEEPEST = 20
"""Levels of nesting; the deepest dossier has five."""

_SENTENCES: Mapping[str, tuple[str, str]] = {
    "string_type": ("应为文字", "should be text"),
    "string_too_long": ("最多 {max_length} 个字符，请删减", "should have at most {max_length} characters"),
    "string_too_short": ("至少 {min_length} 个字符，请补全", "should have at least {min_length} characters"),
    "string_unicode": ("含有无法保存的字符，请重新录入", "contains characters that cannot be kept; type it again"),
    "greater_than_equal": ("不应小于 {ge}，请核对数值和单位", "should not be below {ge}; check figure and unit"),
    "greater_than": ("应大于 {gt}，请核对数值和单位", "should be above {gt}; check figure and unit"),
    "less_than_equal": ("不应大于 {le}，请核对数值和单位", "should not be above {le}; check figure and unit"),
    "less_than": ("应小于 {lt}，请核对数值和单位", "should be below {lt}; check figure and unit"),
    "float_type": ("应为数字", "should be a number"),
    "float_parsing": ("应为数字", "should be a number"),
    "finite_number": ("应为有限的数字", "should be a finite number"),
    "int_type": ("应为整数", "should be a whole number"),
    "int_parsing": ("应为整数", "should be a whole number"),
    "int_from_float": ("应为整数，不能带小数", "should be a whole number without decimals"),
    "int_parsing_size": ("数值过大，请核对", "is too large; check the figure"),
    "bool_type": ("应为 true 或 false（是 或 否）", "should be true or false"),
    "bool_parsing": ("应为 true 或 false（是 或 否）", "should be true or false"),
    "decimal_type": ("应为以万元计的金额，如 1234.56", 'should be an amount in 万元, such as "1234.56"'),
    "list_type": ("应为列表，每项一条记录", "should be a list with one record per entry"),
    "missing": ("必填，请补充", "is required; add it"),
    "none_required": ("不应填写", "should be left out"),
    "dict_type": ("应为一个对象（名称与值）", "should be an object of names and values"),
    "model_type": ("应为一个对象（名称与值）", "should be an object of names and values"),
    "model_attributes_type": ("应为一个对象（名称与值）", "should be an object of names and values"),
    "literal_error": ("应为以下之一：{expected}", "should be one of {expected}"),
}


class MalformedJson(InvalidInput):
    """A body that is no JSON at all, so that no field of it could be looked at."""

    code = "not-json"


def read_json(body: bytes | str) -> Any:
    """Decode JSON text without losing digits: a number that a double cannot show is kept as Decimal.

    NaN and infinity, which are not JSON but common, are let through for `validate_dossier` to name with their place.
    Raises MalformedJson for text that is not JSON, and InvalidInput for a name given twice, or endless nesting.
    """
    try:
        text = body.decode("utf-8-sig") if isinstance(body, bytes) else body
        return json.loads(text, parse_float=_exact, object_pairs_hook=_without_duplicates)
    except UnicodeDecodeError as error:
        zh, en = f"内容不是 UTF-8 编码（第 {error.start + 1} 字节）", f"is not UTF-8 (byte {error.start + 1})"
    except json.JSONDecodeError as error:
        zh = f"不是有效的 JSON：第 {error.lineno} 行第 {error.colno} 列附近有误"
        en = f"is not valid JSON near line {error.lineno}, column {error.colno}"
    except RecursionError:
        zh, en = "JSON 嵌套过深", "is nested too deeply"
    except ValueError:
        zh, en = "JSON 中的整数过长，请核对", "holds an integer that is too long"
    raise MalformedJson.of([Finding("", "not-json", f"请求内容{zh}", f"The body {en}")])


def _exact(digits: str) -> float | Decimal:
    rounded, exact = float(digits), Decimal(digits)
    return rounded if Decimal(repr(rounded)) == exact else exact


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = dict(pairs)
    if len(names) != len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        finding = Finding(twice, "duplicate-name", f"“{twice}”出现了两次，请只留一个", f"“{twice}” is given twice")
        raise InvalidInput.of([finding])
    return names


def validate_dossier(document: Any) -> Dossier:
    """Return the dossier a JSON document describes. Raises InvalidInput carrying every finding at once."""
    if not isinstance(document, dict):
        zh, en = "项目档案应为一个 JSON 对象", "A project document should be a JSON object"
        raise InvalidInput.of([Finding("", "not-an-object", zh, en, shown(document))])
    findings = list(unkeepable(document))
    try:
        dossier = Dossier.model_validate(document)
    except ValidationError as error:
        places = {finding.path for finding in findings}
        findings += [found for found in findings_of(error.errors(include_url=False)) if found.path not in places]
    if findings:
        raise InvalidInput.of(findings)
    return dossier


def unkeepable(value: Any, path: str = "", depth: int = 0) -> Iterator[Finding]:
    """Find what neither database nor workbook could keep: control characters, halves of characters, endless depth."""
    if depth > _DEEPEST:
        yield Finding(path, "too-deep", f"{path}：嵌套过深", f"{path}: is nested too deeply")
    elif isinstance(value, str):
        if _CONTROL.search(value):
            clean = _CONTROL.sub("�", value)
            zh, en = "含有不可见的控制字符，请删除后重新录入", "contains control characters; remove them"
            yield Finding(path, "control-character", f"{path}：{zh}", f"{path}: {en}", shown(clean))
    elif isinstance(value, float) and not math.isfinite(value):
        zh, en = "应为有限的数字；未知的值请省略或填 null", "should be a finite number; leave an unknown value out"
        yield Finding(path, "not-a-number", f"{path}：{zh}", f"{path}: {en}", str(value))
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from unkeepable(str(name), path or "(name)", depth)
            yield from unkeepable(item, f"{path}.{name}" if path else str(name), depth + 1)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from unkeepable(item, f"{path}[{index}]", depth + 1)


def findings_of(details: Iterable[ErrorDetails]) -> list[Finding]:
    """Return one finding for each thing the model refused, worded with the field's official term."""
    return [_finding(detail) for detail in details]


def _finding(detail: ErrorDetails) -> Finding:
    location = detail["loc"]
    path = path_of(location)
    value = None if detail["type"] == "missing" else shown(detail["input"])
    if detail["type"] == "extra_forbidden":
        zh, en = _unknown_name(location)
        return Finding(path, "unknown-field", zh, en, value)
    zh, en = _sentences(detail)
    if not location:
        # Of the document as a whole: there is no place to name, and no value a person would want printed.
        return Finding("", detail["type"].replace("_", "-"), zh, en)
    zh_name, en_name = _names(location)
    return Finding(path, detail["type"].replace("_", "-"), f"{zh_name}：{zh}", f"{en_name}: {en}", value)


def _sentences(detail: ErrorDetails) -> tuple[str, str]:
    context = detail.get("ctx", {})
    if "en" in context:
        return detail["msg"], str(context["en"])
    zh, en = _SENTENCES.get(detail["type"], ("填写有误：{msg}", "{msg}"))
    values = {**context, "msg": detail["msg"]}
    return zh.format_map(values), en.format_map(values)


def path_of(location: Iterable[str | int]) -> str:
    """Return the path of a place in the document: `funding_lines[2].amount`."""
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path


def field_at(location: Iterable[str | int]) -> CatalogueField | None:
    """Return the catalogue field a place in the document belongs to, None for places the catalogue does not list."""
    names = [part for part in location if isinstance(part, str)]
    if len(names) == 1:
        return fields().get(names[0])
    if len(names) == 2 and names[0] in Dossier.LINES:  # noqa: PLR2004 - a line has a collection and a name
        return line_fields(names[0]).get(names[1])
    return None


def _names(location: tuple[int | str, ...]) -> tuple[str, str]:
    """Name a place for people: 总投资（万元）, 资金来源第 2 条·金额（万元）."""
    field = field_at(location)
    is_money = field is not None and field.kind == "money"
    zh, en = (field.term.zh, field.term.en) if field else ("", "")
    zh, en = (f"{zh}（万元）", f"{en} (10,000 CNY)") if is_money else (zh, en)
    top = str(location[0]) if location else ""
    if top in Dossier.LINES and len(location) > 1:
        number = int(location[1]) + 1
        title = Dossier.model_fields[top].title or top
        zh = f"{title}第 {number} 条" + (f"·{zh}" if zh else "")
        en = f"{top}, record {number}" + (f", {en}" if en else "")
    elif not field:
        known = Dossier.model_fields.get(top)
        path = path_of(location)
        zh, en = ((known.title if known and len(location) == 1 else None) or path), path
    return zh, en


def _unknown_name(location: tuple[int | str, ...]) -> tuple[str, str]:
    name = str(location[-1])
    is_line = len(location) > 1 and location[0] in Dossier.LINES
    known = line_fields(str(location[0])) if is_line else {**Dossier.model_fields}
    near = difflib.get_close_matches(name, known, n=1)
    hint_zh, hint_en = (f"；是否应为“{near[0]}”", f'; did you mean "{near[0]}"') if near else ("", "")
    path = path_of(location)
    return (
        f"没有名为“{path}”的字段{hint_zh}，请更正或删除",
        f'There is no field "{path}"{hint_en}; correct or remove it',
    )
