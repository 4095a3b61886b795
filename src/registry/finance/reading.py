"""From a JSON document to a case, or to findings that say what is wrong and where."""

import re
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from registry.errors import Finding, InvalidInput, shown

Model = TypeVar("Model", bound=BaseModel)

_ZH = {
    "extra_forbidden": "未知的输入项，测算不支持，不会被忽略；请检查拼写或删除",
    "literal_error": "不是可选值",
    "missing": "缺少必填项",
    "list_type": "应为列表",
    "model_type": "应为对象",
    "dict_type": "应为对象",
    "int_from_float": "应为整数",
    "int_type": "应为整数",
    "string_type": "应为文本",
}


def read_document(model: type[Model], document: object, at: str = "") -> Model:
    """Return the model of a document; raises InvalidInput with a finding for each flaw, paths as in the document."""
    if not isinstance(document, Mapping):
        raise InvalidInput.of([_not_an_object(at, document)])
    try:
        return model.model_validate(document)
    except ValidationError as error:
        found = [_finding(flaw, at) for flaw in error.errors(include_url=False, include_context=False)]
        raise InvalidInput.of(found) from None
    except RecursionError:
        raise InvalidInput.of([_not_an_object(at, document)]) from None


def path_of(location: tuple[int | str, ...], at: str = "") -> str:
    """Return `debts[1].annual_rate` for ("debts", 1, "annual_rate")."""
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in location]
    return (at + "".join(parts)).lstrip(".")


def _finding(flaw: Any, at: str) -> Finding:
    message = re.sub(r"^Value error, ", "", flaw["msg"])
    value = flaw["input"]
    path = path_of(flaw["loc"], at)
    zh = _ZH.get(flaw["type"], "数值无法识别，应为有限的数字（不是文本、true/false、NaN 或无穷大）")
    code = "unknown-input" if flaw["type"] == "extra_forbidden" else "invalid-value"
    return Finding(
        path,
        code,
        f"{path}：{zh}（输入值：{shown(value)}）",
        f"{path}: {message} (found {shown(value)})",
        shown(value),
    )


def _not_an_object(at: str, document: object) -> Finding:
    return Finding(
        at or "$",
        "not-an-object",
        "应为一个 JSON 对象（测算输入）；请按 registry schema case 给出的结构提交",
        "should be a JSON object with the inputs of a case; see `registry schema case`",
        shown(document),
    )
