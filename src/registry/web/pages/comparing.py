"""Up to four projects side by side."""

from collections.abc import Mapping
from typing import Any

from litestar import Request, Response, get

from registry.assessments.prospects.comparing import MOST, CompareRow, compare
from registry.assessments.prospects.filters import STAGES
from registry.database import reading
from registry.eligibility.model import VERDICT_TERMS
from registry.projects.fields.beautiful_city import TASKS
from registry.projects.fields.content import CONSTRUCTION_STATUS
from registry.projects.fields.lending import GREEN_CATALOGUE_CLASSES
from registry.web.auth import signed_in
from registry.web.bodies import as_of_or_today
from registry.web.i18n import Language, label
from registry.web.pages.projects import csv_line, harmless
from registry.web.rendering import money, page, visit

Anybody = Request[Any, Any, Any]
_CODED = {"task": TASKS, "green_class": GREEN_CATALOGUE_CLASSES, "status": CONSTRUCTION_STATUS}


@get("/compare", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def compare_page(request: Anybody) -> Response[str]:
    """Show the comparison, or as a file what it shows. Raises NotFound, NotAllowed, InvalidInput."""
    here = visit(request)
    codes = [code for code in request.query_params.getall("code", []) if code]
    with reading(here.engine) as session:
        found = compare(session, here.actor, codes, as_of=as_of_or_today(None))
    groups = {
        name: [(row, [printed(row, value, here.language) for value in row.values]) for row in rows]
        for name, rows in found.groups.items()
    }
    chosen = [line.code for line in found.projects]
    if request.query_params.get("form") == "csv":
        return _file(chosen, groups)
    links = "&".join(f"code={code}" for code in chosen)
    without = {code: "&".join(f"code={other}" for other in chosen if other != code) for code in chosen}
    return page(
        "screening/compare.html", here, projects=found.projects, groups=groups, most=MOST, links=links, without=without
    )


def _file(codes: list[str], groups: dict[str, list[tuple[CompareRow, list[str | None]]]]) -> Response[str]:
    lines = [csv_line(("项目", *codes, "是否不同"))]
    for rows in groups.values():
        for row, cells in rows:
            title = f"{row.zh}（{row.unit}）" if row.unit else row.zh
            texts = (harmless("未知" if cell is None else cell) for cell in cells)
            lines.append(csv_line((title, *texts, "是" if row.is_different else "否")))
    headers = {"Content-Disposition": 'attachment; filename="compare.csv"'}
    return Response("\ufeff" + "".join(lines), media_type="text/csv", headers=headers)


def printed(row: CompareRow, value: Any, language: Language) -> str | None:
    """Return a cell as text, None where nothing is known."""
    if value is None or row.kind == "place":
        return None if value is None else str(value)
    if row.kind in {"verdict", "stage"}:
        terms: Mapping[Any, tuple[str, str]] = VERDICT_TERMS if row.kind == "verdict" else STAGES
        return terms[value][language == "en"]
    if row.kind in _CODED:
        return label(language, value, _CODED[row.kind].get(value, value))
    if row.kind == "money":
        return money(value if isinstance(value, str) else f"{value:.2f}")
    return f"{value:.2%}" if row.kind == "ratio" else f"{value:.2f}"


handlers = [compare_page]
