"""The types of SQL conditions, node by node: what is not on the list is refused.

Everything that turns "not known" into an answer (COALESCE, IS NULL, CASE, GREATEST …) is refused as well.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlglot import exp

from registry.eligibility.facts import SqlType, Vocabulary
from registry.eligibility.trees import COMPARISONS, Tree

Type = SqlType | Literal["interval", "unknown"]
ParameterType = Literal["number", "text", "date", "number_list", "text_list", "unverified"]

_HIDES_UNKNOWN = (
    exp.Coalesce, exp.Case, exp.If, exp.Is, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Greatest, exp.Least, exp.Nullif,
)  # fmt: skip
_SUB_QUERIES = (exp.Query, exp.Subquery, exp.Exists)
_INTERVAL_UNITS = {"DAY", "DAYS", "WEEK", "WEEKS", "MONTH", "MONTHS", "YEAR", "YEARS"}
_DATE_PARTS = {"YEAR", "MONTH", "DAY"}


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with a predicate; the loader adds file and line."""

    code: str
    zh: str
    en: str


@dataclass(slots=True)
class TypeChecker:
    """Collects the flaws of one condition."""

    vocabulary: Vocabulary
    parameters: Mapping[str, frozenset[ParameterType]]
    flaws: list[Flaw]

    def flaw(self, code: str, zh: str, en: str) -> Type:
        """Note a flaw and return `unknown`."""
        self.flaws.append(Flaw(code, zh, en))
        return "unknown"

    def type_of(self, node: Tree) -> Type:  # noqa: PLR0911 - one line per kind of node reads best as one list
        """Return the type of a node, collecting flaws; `unknown` after a flaw, so that one error is told once."""
        if isinstance(node, exp.Paren):
            return self.type_of(node.this)
        if isinstance(node, (exp.And, exp.Or)):
            return self._all_of("boolean", node, (node.this, node.expression))
        if isinstance(node, exp.Not):
            return self._all_of("boolean", node, (node.this,))
        if type(node) in COMPARISONS:
            return self._comparison(node, node.this, node.expression)
        if isinstance(node, exp.Between):
            self._comparison(node, node.this, node.args["low"])
            return self._comparison(node, node.this, node.args["high"])
        if isinstance(node, exp.In):
            return self._membership(node)
        if isinstance(node, exp.Column):
            return self._column(node)
        if isinstance(node, exp.Placeholder):
            return self._parameter(node)
        return self._value(node)

    def _value(self, node: Tree) -> Type:  # noqa: C901, PLR0911 - as above
        if isinstance(node, exp.Boolean):
            return "boolean"
        if isinstance(node, exp.Literal):
            return "text" if node.is_string else "number"
        if isinstance(node, exp.Neg):
            return self._all_of("number", node, (node.this,))
        if isinstance(node, (exp.Add, exp.Sub)):
            return self._sum(node)
        if isinstance(node, (exp.Mul, exp.Div)):
            return self._product(node)
        if isinstance(node, exp.Interval):
            return self._interval(node)
        if isinstance(node, (exp.Cast, exp.Date)):
            return self._date(node)
        if isinstance(node, exp.Abs):
            return self._all_of("number", node, (node.this,))
        if isinstance(node, exp.Length):
            self._all_of("text", node, (node.this,))
            return "number"
        if isinstance(node, exp.Extract):
            return self._part(node)
        if isinstance(node, exp.Like):
            return self._like(node)
        return self._refused(node)

    def _refused(self, node: Tree) -> Type:
        if isinstance(node, _SUB_QUERIES) or node.find(exp.Select):
            return self.flaw("sub-query", "不得有子查询", "holds a sub-query, which is not allowed")
        if isinstance(node, (*_HIDES_UNKNOWN, exp.Null)):
            name = "NULL" if isinstance(node, exp.Null) else node.sql().split("(")[0].split(" ")[0]
            name = "IS" if isinstance(node, exp.Is) else name
            return self.flaw(
                "hides-unknown",
                f"{name} 会把“未知”变成答案，不得使用；资料缺失时规则自会答“资料不足”",
                f"{name} turns 'not known' into an answer; leave it out, the rule answers unknown by itself",
            )
        if isinstance(node, exp.Func):
            name = str(node.this) if isinstance(node, exp.Anonymous) else node.sql_name()
            return self.flaw(
                "unknown-function",
                f"函数 {name} 不可用；可用 ABS、LENGTH、EXTRACT（年、月、日）",
                f"function {name} is not available; ABS, LENGTH and EXTRACT (year, month, day) are",
            )
        name = type(node).__name__
        return self.flaw("not-allowed", f"不允许的写法 {name}", f"{name} is not allowed in a predicate")

    def _all_of(self, wanted: Type, node: Tree, parts: tuple[Tree, ...]) -> Type:
        for part in parts:
            found = self.type_of(part)
            if found not in (wanted, "unknown"):
                zh = f"“{part.sql()}”是 {found}，此处应为 {wanted}"
                self.flaw("type-mismatch", zh, f"'{part.sql()}' is a {found}, a {wanted} is expected here")
        return wanted

    def _comparison(self, node: Tree, left: Tree, right: Tree) -> Type:
        one, other = self.type_of(left), self.type_of(right)
        if "unknown" in (one, other):
            return "boolean"
        if one != other:
            hint_zh = "；日期请写 DATE '2025-10-01'" if {one, other} == {"date", "text"} else ""
            hint_en = "; write dates as DATE '2025-10-01'" if hint_zh else ""
            self.flaw(
                "type-mismatch",
                f"“{node.sql()}”两边类型不同：{one} 与 {other}{hint_zh}",
                f"'{node.sql()}' compares a {one} with a {other}{hint_en}",
            )
        elif one in ("text", "boolean", "interval") and not isinstance(node, (exp.EQ, exp.NEQ)):
            self.flaw("type-mismatch", f"“{node.sql()}”：{one} 没有大小之分", f"'{node.sql()}': a {one} has no order")
        else:
            for side, against in ((left, right), (right, left)):
                self._choice(side, [against])
        return "boolean"

    def _choice(self, side: Tree, values: list[Tree]) -> None:
        if not isinstance(side, exp.Column):
            return
        choices = self.vocabulary[side.name].choices if side.name in self.vocabulary else None
        for value in values:
            if choices and isinstance(value, exp.Literal) and value.this not in choices:
                known = "、".join(choices)
                zh = f"“{value.this}”不是 {side.name} 的取值；可取 {known}"
                self.flaw("unknown-choice", zh, f"'{value.this}' is no value of {side.name}; known are {known}")

    def _membership(self, node: exp.In) -> Type:
        if node.args.get("query") or node.args.get("unnest") or node.args.get("field") or not node.expressions:
            return self.flaw("sub-query", "IN 后只能是值的列表", "IN takes a list of values, no sub-query")
        wanted = self.type_of(node.this)
        if wanted == "boolean":
            self.flaw("type-mismatch", "真假值不用 IN", "IN is not for true and false")
        for item in node.expressions:
            found = self._list_item(item)
            if "unknown" not in (found, wanted) and found != wanted:
                zh = f"“{item.sql()}”是 {found}，而 {node.this.sql()} 是 {wanted}"
                self.flaw("type-mismatch", zh, f"'{item.sql()}' is a {found}, {node.this.sql()} is a {wanted}")
        self._choice(node.this, node.expressions)
        return "boolean"

    def _list_item(self, item: Tree) -> Type:
        if isinstance(item, exp.Placeholder):
            return self._parameter(item, as_list=True)
        if not isinstance(item.this if isinstance(item, exp.Neg) else item, (exp.Literal, exp.Cast)):
            return self.flaw("not-allowed", "IN 的列表只能是值", "the list of IN takes values only")
        return self.type_of(item)

    def _column(self, node: exp.Column) -> Type:
        if node.table:
            return self.flaw("unknown-fact", f"“{node.sql()}”不是事实名", f"'{node.sql()}' is not the name of a fact")
        if node.name not in self.vocabulary:
            near = self.vocabulary.closest(node.name)
            hint_zh, hint_en = (f"；是否指 {near}？", f"; is {near} meant?") if near else ("", "")
            zh, en = f"未知的事实 {node.name}{hint_zh}", f"reads the unknown fact {node.name}{hint_en}"
            return self.flaw("unknown-fact", zh, en)
        return self.vocabulary[node.name].sql_type

    def _parameter(self, node: exp.Placeholder, *, as_list: bool = False) -> Type:
        name = str(node.this or "?")
        kinds = self.parameters.get(name)
        if kinds is None:
            zh = f"参数 :{name} 不在 parameters.yaml 中"
            return self.flaw("unknown-parameter", zh, f"parameter :{name} is not in parameters.yaml")
        known = kinds - {"unverified"}
        if not known:
            return "unknown"
        if len(known) > 1:
            zh, en = f"参数 :{name} 各期的值类型不一", f"the values of parameter :{name} are of different types"
            return self.flaw("type-mismatch", zh, en)
        kind = next(iter(known))
        if kind in ("number_list", "text_list"):
            if not as_list:
                zh, en = f"列表参数 :{name} 只能写成 IN (:{name})", f"list parameter :{name} is written IN (:{name})"
                return self.flaw("type-mismatch", zh, en)
            return "number" if kind == "number_list" else "text"
        return "number" if kind == "number" else "date" if kind == "date" else "text"

    def _sum(self, node: Tree) -> Type:
        left, right = self.type_of(node.this), self.type_of(node.expression)
        if left == "date" and right == "interval":
            return "date"
        if "unknown" in (left, right):
            return "unknown"
        if (left, right) != ("number", "number"):
            zh = f"“{node.sql()}”不能相加减：{left} 与 {right}"
            return self.flaw("type-mismatch", zh, f"'{node.sql()}' cannot add a {left} and a {right}")
        return "number"

    def _product(self, node: Tree) -> Type:
        self._all_of("number", node, (node.this, node.expression))
        divisor = node.expression
        if isinstance(node, exp.Div) and not isinstance(divisor, (exp.Literal, exp.Placeholder)):
            return self.flaw(
                "division",
                "不得除以事实（为零时结果无穷大）；请改写成乘法，或用派生的比例事实",
                "divides by a fact, which may be zero; multiply the other side or use a derived ratio",
            )
        if isinstance(node, exp.Div) and isinstance(divisor, exp.Literal) and float(divisor.this) == 0:
            return self.flaw("division", "除数为零", "divides by zero")
        return "number"

    def _interval(self, node: exp.Interval) -> Type:
        unit = str(node.args.get("unit") or "").upper()
        if not isinstance(node.this, exp.Literal) or not str(node.this.this).isdigit() or unit not in _INTERVAL_UNITS:
            zh, en = "期间请写成 INTERVAL '4 months'", "intervals are written INTERVAL '4 months'"
            return self.flaw("not-allowed", zh, en)
        return "interval"

    def _date(self, node: Tree) -> Type:
        target = node.args.get("to")
        is_date = isinstance(node, exp.Date) or (target is not None and target.this == exp.DataType.Type.DATE)
        if not is_date or not isinstance(node.this, exp.Literal) or not node.this.is_string:
            return self.flaw("not-allowed", "不得转换类型", "converts a type, which is not allowed")
        try:
            date.fromisoformat(node.this.this)
        except ValueError:
            zh, en = f"“{node.this.this}”不是日期", f"'{node.this.this}' is not a date"
            return self.flaw("type-mismatch", zh, en)
        return "date"

    def _part(self, node: exp.Extract) -> Type:
        if str(node.this).upper() not in _DATE_PARTS:
            zh, en = "EXTRACT 只取 YEAR、MONTH、DAY", "EXTRACT takes YEAR, MONTH or DAY"
            return self.flaw("not-allowed", zh, en)
        self._all_of("date", node, (node.expression,))
        return "number"

    def _like(self, node: exp.Like) -> Type:
        if not isinstance(node.expression, exp.Literal):
            return self.flaw("not-allowed", "LIKE 后只能是文字", "LIKE takes a literal pattern")
        self._all_of("text", node, (node.this,))
        return "boolean"
