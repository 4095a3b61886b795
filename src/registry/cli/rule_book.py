"""The readable rule book 规则手册 as a document: clause left, rule right, Chinese first with the English below it."""

from collections.abc import Sequence
from html import escape

from registry.eligibility.rulebook import ParameterEntry, RuleBook, RuleEntry

CONFIDENCE = {
    "text": ("见原文", "seen in the text"),
    "secondary": ("二手来源", "secondary"),
    "unverified": ("待核实", "unverified"),
}
SEVERITY = {"block": ("阻断", "blocks"), "warn": ("提醒", "warns"), "inform": ("告知", "informs")}
_STYLE = (
    "body{font:15px/1.6 'PingFang SC','Microsoft YaHei','Noto Sans SC',sans-serif;max-width:72rem;"
    "margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%}th,td{border:1px solid #bbb;padding:.5rem .7rem;text-align:left;"
    "vertical-align:top;overflow-wrap:anywhere}col.clause{width:32%}code{font-size:.85em;color:#555}h2{margin-top:2.5rem}"
    "tr{break-inside:avoid}"
)


def markdown_book(books: Sequence[RuleBook]) -> str:
    """Return the books as one Markdown document."""
    return "\n".join(line for book in books for line in _markdown(book))


def _markdown(book: RuleBook) -> list[str]:
    lines = [f"# {book.name_zh} · {book.name_en}", "", *(f"{line}  " for line in _head(book)), ""]
    lines += ["| 条款 Clause | 规则 Rule |", "|---|---|"]
    lines += [f"| {_cell(_clause(rule))} | {_cell(_demand(rule))} |" for rule in book.rules]
    if book.parameters:
        lines += ["", "| 参数 Parameter | 值 Value |", "|---|---|"]
        lines += [f"| {_cell(left)} | {_cell(right)} |" for left, right in map(_value, book.parameters)]
    return [*lines, "", book.reading.strip().replace("\n# ", "\n## ").removeprefix("# "), ""]


def _cell(lines: Sequence[str]) -> str:
    return "<br>".join(escape(line, quote=False).replace("|", "\\|").replace("\n", " ") for line in lines)


def html_book(books: Sequence[RuleBook]) -> str:
    """Return the books as one HTML document that needs nothing else."""
    title = "规则手册 Rule book"
    head = f"<head><meta charset='utf-8'><title>{title}</title><style>{_STYLE}</style></head>"
    parts = [f"<!doctype html>\n<html lang='zh-CN'>{head}<body><h1>{title}</h1>"]
    for book in books:
        about = "<br>".join(escape(line) for line in _head(book))
        parts.append(f"<h2>{escape(book.name_zh)} · {escape(book.name_en)}</h2><p>{about}</p>")
        parts.append(_table("条款 Clause", "规则 Rule", [(_clause(rule), _demand(rule)) for rule in book.rules]))
        if book.parameters:
            parts.append(_table("参数 Parameter", "值 Value", [_value(each) for each in book.parameters]))
        parts.append(f"<pre style='white-space:pre-wrap'>{escape(book.reading.strip())}</pre>")
    return "\n".join([*parts, "</body></html>\n"])


def _table(left: str, right: str, rows: Sequence[tuple[Sequence[str], Sequence[str]]]) -> str:
    cells = "".join(
        f"<tr><td>{'<br>'.join(map(escape, one))}</td><td>{'<br>'.join(map(escape, other))}</td></tr>\n"
        for one, other in rows
    )
    columns = "<colgroup><col class='clause'><col></colgroup>"
    return f"<table>{columns}<thead><tr><th>{left}</th><th>{right}</th></tr></thead><tbody>\n{cells}</tbody></table>"


def _head(book: RuleBook) -> list[str]:
    version = book.version
    until = f"至 until {version.in_force_until}（不含 exclusive）" if version.in_force_until else "起 on"
    return [
        f"{book.issuer_zh} {book.issuer_en}",
        f"{version.document}，版本 version {version.version}，{version.in_force_from} {until}",
        f"适用日期 governing date {book.as_of}",
        version.changes_zh,
        version.changes_en,
    ]


def _clause(rule: RuleEntry) -> list[str]:
    zh, en = CONFIDENCE[rule.confidence]
    lines = [" ".join(part for part in (rule.document, rule.article) if part), f"依据 source：{zh} {en}"]
    return [*lines, rule.note] if rule.note else lines


def _demand(rule: RuleEntry) -> list[str]:
    zh, en = SEVERITY[rule.severity]
    lines = [f"【{zh} {en}】{rule.title_zh} {rule.title_en}"]
    if rule.applies_zh:
        lines += [f"当 {rule.applies_zh}", f"Where {rule.applies_en}"]
    lines += [f"要求：{rule.requires_zh}", f"Requires: {rule.requires_en}"]
    if rule.remedy_zh:
        lines += [f"不符合时：{rule.remedy_zh}", f"Otherwise: {rule.remedy_en}"]
    return [*lines, rule.rule]


def _value(entry: ParameterEntry) -> tuple[list[str], list[str]]:
    known = "待核实 unverified" if entry.value is None else f"{entry.value} {entry.unit or ''}".strip()
    since = f"{entry.from_date} 起，{entry.document}" if entry.from_date else entry.document
    return [f"{entry.title_zh} {entry.title_en}", entry.name], [known, since]
