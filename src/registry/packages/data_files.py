"""The machine-readable files of a package: JSON of project and eligibility, statements as CSV, the note on top."""

import csv
import io
import json
from dataclasses import asdict
from typing import Any

import msgspec
import polars as pl

from registry.packages import checklist, wording
from registry.packages.analysis import DEFAULT_DISTRIBUTIONS, GRID_CHANGES, Analysis
from registry.packages.content import Attachment, Evaluation, PackageContent
from registry.packages.listings import listings_of
from registry.packages.view import missing_fields
from registry.projects.fields.documents import CHECKLIST

PROJECT_SCHEMA = "registry-package-project/1"
ELIGIBILITY_SCHEMA = "registry-package-eligibility/1"
STATEMENT_COLUMNS = {
    "table": pl.String(), "title_zh": pl.String(), "line": pl.Int32(), "code": pl.String(), "name_zh": pl.String(),
    "name_en": pl.String(), "unit": pl.String(), "year": pl.Int32(), "value": pl.Float64(),
}  # fmt: skip

LISTING_COLUMNS = {
    "table": pl.String(), "title_zh": pl.String(), "line": pl.Int32(), "column": pl.Int32(), "name_zh": pl.String(),
    "name_en": pl.String(), "kind": pl.String(), "text": pl.String(), "value": pl.Float64(),
}  # fmt: skip
"""`kind` says what a figure is: `rate` and `change` shares of one, `money` in 万元, `years`, `ratio`, `amount`."""


def json_bytes(document: Any) -> bytes:
    """Return a document as UTF-8 JSON with sorted keys: one document has one text."""
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, allow_nan=False)
    # The standard library indents in Python, five times slower, to the same text.
    return f"{msgspec.json.format(text, indent=1)}\n".encode()


def project_json(content: PackageContent) -> bytes:
    """Return dossier, revision, inputs and results. Money of the dossier is a decimal string in 万元."""
    evaluation = content.evaluation
    return json_bytes(
        {
            "schema": PROJECT_SCHEMA,
            "project_code": content.project_code,
            "is_demo": content.is_demo,
            "revision": {
                "number": content.revision.number,
                "hash": content.revision.hash,
                "saved_at": content.revision.saved_at.isoformat(),
                "author": content.revision.author,
            },
            "assessment_id": content.assessment_id,
            "governing_date": content.governing_date.isoformat(),
            "dossier": content.dossier.model_dump(mode="json"),
            "evaluation": None if evaluation is None else _results(evaluation),
            "evaluation_findings": [dict(finding) for finding in content.evaluation_findings],
            "analysis": None if content.analysis is None else _further(content.analysis),
            **({} if content.rights is None else {"rights": dict(content.rights)}),
        }
    )


def _further(analysis: Analysis) -> dict[str, Any]:
    """Return scenarios, the two-factor grids and the drawn inputs, with the assumptions behind them."""
    found = analysis.uncertainty
    samples = {"npv": found.npv, "irr": found.irr, "dscr_min": found.dscr_min}
    return {
        "scenarios": [
            {
                "name": result.scenario.name,
                "changes": dict(result.scenario.changes),
                "delay_years": result.scenario.delay_years,
                "irr": result.irr.as_dict(),
                "equity_irr": result.equity_irr.as_dict(),
                "npv": result.npv,
                "payback": result.payback,
                "dscr_min": result.dscr_min,
                "cumulative_surplus_min": result.cumulative_surplus_min,
            }
            for result in analysis.scenarios
        ],
        "grid": {
            "rows": "revenue",
            "columns": "operating_cost",
            "changes": list(GRID_CHANGES),
            "npv": [list(row) for row in analysis.grid_npv],
            "irr": [list(row) for row in analysis.grid_irr],
            "dscr_min": [list(row) for row in analysis.grid_dscr],
        },
        "monte_carlo": {
            "draws": found.draws,
            "seed": list(found.seed),
            "distributions": {name: spec.model_dump() for name, spec in DEFAULT_DISTRIBUTIONS.items()},
            **{name: None if sample is None else asdict(sample) for name, sample in samples.items()},
            "npv_negative": asdict(found.npv_negative),
            "dscr_below": [{"floor": floor, **asdict(chance)} for floor, chance in found.dscr_below.items()],
        },
        "stress": [asdict(line) for line in analysis.stress],
    }


def _results(evaluation: Evaluation) -> dict[str, Any]:
    return {
        "totals": dict(evaluation.totals),
        "indicators": dict(evaluation.indicators),
        "series": {key: list(values) for key, values in evaluation.series.items()},
        "strict": dict(evaluation.strict),
        "per_debt": [dict(debt) for debt in evaluation.per_debt],
        "checks": dict(evaluation.checks),
        "mirr": dict(evaluation.mirr),
        "fiscal": dict(evaluation.fiscal),
        "sensitivity_post_tax": dict(evaluation.sensitivity),
        "conventions": {name: dict(words) for name, words in evaluation.conventions.items()},
        "warnings": [dict(warning) for warning in evaluation.warnings],
    }


def eligibility_json(content: PackageContent) -> bytes:
    """Return the verdict of every library, whole, as the assessment holds it."""
    return json_bytes(
        {
            "schema": ELIGIBILITY_SCHEMA,
            "project_code": content.project_code,
            "assessment_id": content.assessment_id,
            "governing_date": content.governing_date.isoformat(),
            "verdicts": [dict(verdict) for verdict in content.verdicts],
        }
    )


def statements_csv(evaluation: Evaluation) -> bytes:
    """Return every row of every statement, unrounded; UTF-8 with a mark so that spreadsheets read the Chinese."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    head = ("table", "title_zh", "code", "name_zh", "name_en", "unit", "total")
    writer.writerow([*head, *(f"year_{year}" for year in range(1, evaluation.years + 1))])
    for statement in evaluation.statements:
        for row in statement.rows:
            texts = (statement.number, statement.title_zh, row.code, row.name_zh, row.name_en, row.unit)
            figures = (row.total, *row.values, *([None] * (evaluation.years - len(row.values))))
            writer.writerow([*map(as_text, texts), *("" if figure is None else repr(figure) for figure in figures)])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def statements_parquet(evaluation: Evaluation) -> bytes:
    """Return the statements in long form, one line per figure: `year` is the project year, NULL for the total.

    Written without compression, so that the bytes depend on the version of the writer alone.
    """
    lines = [
        (statement.number, statement.title_zh, place, row.code, row.name_zh, row.name_en, row.unit, year, value)
        for statement in evaluation.statements
        for place, row in enumerate(statement.rows, start=1)
        for year, value in [(None, row.total), *enumerate(row.values, start=1)]
    ]
    target = io.BytesIO()
    pl.DataFrame(lines, schema=STATEMENT_COLUMNS, orient="row").write_parquet(target, compression="uncompressed")
    return target.getvalue()


def listings_csv(content: PackageContent) -> bytes | None:
    """Return the tables without years (13, 14-3, 15), one line per cell, unrounded; None when there are none."""
    lines = _listing_lines(content)
    if not lines:
        return None
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(LISTING_COLUMNS)
    for *texts, value in lines:
        shown = [as_text(each) if isinstance(each, str) else "" if each is None else each for each in texts]
        writer.writerow([*shown, "" if value is None else repr(value)])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def listings_parquet(content: PackageContent) -> bytes | None:
    """Return the same lines as `listings_csv`; `text` holds words, `value` a figure, both NULL what does not exist."""
    lines = _listing_lines(content)
    if not lines:
        return None
    target = io.BytesIO()
    pl.DataFrame(lines, schema=LISTING_COLUMNS, orient="row").write_parquet(target, compression="uncompressed")
    return target.getvalue()


def _listing_lines(content: PackageContent) -> list[tuple[str | int | float | None, ...]]:
    return [
        (
            table.number, table.title_zh, line, place, column.zh, column.en, column.kind,
            cell if isinstance(cell, str) else None, None if cell is None or isinstance(cell, str) else float(cell),
        )
        for table in listings_of(content)
        for line, row in enumerate(table.rows, start=1)
        for place, (column, cell) in enumerate(zip(table.columns, row, strict=True), start=1)
    ]  # fmt: skip


def as_text(value: str) -> str:
    """Return text a spreadsheet will not take for a formula."""
    return f"'{value}" if value.startswith(("=", "+", "-", "@", "\t", "\r")) else value


def readme(content: PackageContent, titles: dict[str, str]) -> bytes:
    """Return the note on top: what is inside, which version, what is missing, how to check it."""
    missing = missing_fields(content.dossier)
    documents = checklist.gaps(content.dossier)
    lines = [
        f"# 融资对接材料包 · {content.dossier.name or wording.MISSING}",
        "",
        *(["**示例数据，非真实项目 · Demo data, not a real project**", ""] if content.is_demo else []),
        f"- 项目登记号 Project: {content.project_code}",
        f"- 修订 Revision: {content.revision.number} · {content.revision.hash}",
        f"- 预审结论 Assessment: {content.assessment_id}",
        f"- 适用日期 Governing date: {content.governing_date.isoformat()}",
        f"- 状态 Status: {'材料齐备 complete' if is_complete(content) else '草稿，尚有缺项 draft, see below'}",
        "",
        "## 内容 Contents",
        "",
        *(f"- `{name}` {title}" for name, title in titles.items()),
        "",
        *_documents(content),
        "## 缺项 Missing",
        "",
        *(f"- 信息：{term}" for term in missing),
        *(f"- 文件：{item.title_zh}（{item.provider_zh} 提供）" for item in documents),
        *([] if content.evaluation is not None else ["- 财务测算：尚未完成"]),
        *(["- 无"] if is_complete(content) else []),
        "",
        "## 核对 Check",
        "",
        "`manifest.json` 列出每个文件的长度与 SHA-256；`registry verify 文件名.zip` 离线核对，指出被改动的文件。",
        "`manifest.json` lists size and SHA-256 of every file; `registry verify PACKAGE.zip` checks them offline.",
        "",
        "本材料由实施主体填报的数据生成，不构成任何机构的审批、评级或授信承诺。",
        "Generated from data supplied by the implementing body; no approval, rating or commitment of anybody.",
        "",
    ]
    return "\n".join(lines).encode()


def _documents(content: PackageContent) -> list[str]:
    if not content.attachments:
        return []
    lines = [
        f"- `{each.path}`{_codename(each)}"
        + ("" if each.is_enclosed else f"（{each.size:,} 字节，过大未随包，请在登记系统下载 not enclosed: too large）")
        for each in content.attachments
    ]
    return ["## 附件 Documents enclosed", "", *lines, ""]


def _codename(attachment: Attachment) -> str:
    known = CHECKLIST.get(attachment.checklist_code or "")
    return f" {known.code} {known.zh} {known.en}" if known else " 未归入资料清单 not on the checklist"


def missing_documents(content: PackageContent) -> list[dict[str, str | None]]:
    """Return, for the manifest, every document of the checklist that is not there, and who must provide it.

    `status` is `missing` where the dossier says that there is none, `unknown` where nobody has said.
    """
    return [
        {
            "code": line.item.code,
            "title": line.item.title_zh,
            "title_en": line.item.title_en,
            "provider": line.item.provider_zh,
            "provider_en": line.item.provider_en,
            "status": "unknown" if line.is_available is None else "missing",
        }
        for line in checklist.checklist(content.dossier)
        if line.is_available is not True
    ]


def is_complete(content: PackageContent) -> bool:
    """Say whether nothing needed is missing; otherwise the package is a draft and every part of it says so."""
    return not (missing_fields(content.dossier) or checklist.gaps(content.dossier) or content.evaluation is None)


def verdict_words(content: PackageContent) -> list[dict[str, Any]]:
    """Return pack, version and verdict of each statement, for the manifest."""
    return [{key: verdict[key] for key in ("pack", "version", "verdict")} for verdict in content.verdicts]
