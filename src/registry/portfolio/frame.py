"""Many projects as one value 项目组合: projects, funding lines and assessments side by side, ready to be summed.

Frames in, values out: `projects/columns.py` reads, this arranges. Each line knows the position of its project, so a
summary by any dimension gathers one coded column instead of joining.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import polars as pl

from registry.errors import Finding, InvalidInput
from registry.portfolio.findings import FIRST_YEAR, LAST_YEAR, findings_on
from registry.portfolio.sums import SOURCE, STATUS, LineCells, cells_of
from registry.portfolio.table import Column
from registry.portfolio.zones import ZONE_PREFIX, zone_column
from registry.projects.catalogue import fields
from registry.projects.codes import REGION_NAMES
from registry.projects.lifecycle.states import STATES
from registry.projects.lines import CENTRAL_SOURCES, FISCAL_SOURCES, FUNDING_SOURCES

NOT_STATED = ("未填写", "Not stated")
VERDICT_PREFIX = "verdict:"
"""`verdict:<pack>` is the dimension of one library's verdict."""
APPLICATION_PREFIX = "application:"
"""`application:<library>` is the dimension of where the latest application to one library stands."""
LIBRARY = "library"
"""In which libraries a project stands: all of them together are one value, so that no project counts twice."""
TOGETHER = "+"

Names = Mapping[str, tuple[str, str]]

_REGIONS_EN = {"east": "East", "central": "Centre", "west": "West", "northeast": "North-east"}
_VERDICTS = {
    "eligible": ("符合", "Eligible"),
    "ineligible": ("不符合", "Not eligible"),
    "insufficient": ("资料不足", "Information missing"),
    "judgement": ("需人工判断", "A person must decide"),
}


@dataclass(frozen=True, slots=True)
class Dimension:
    """One way to cut a portfolio 分组维度: the columns it groups by, named and labelled."""

    name: str
    zh: str
    en: str
    columns: tuple[Column, ...]


def _field_dimension(name: str, field: str) -> Dimension:
    found = fields()[field]
    labels = {code: (label, code.replace("_", " ")) for code, label in (found.term.choices or {}).items()}
    kind: Literal["text", "choice"] = "choice" if labels else "text"
    column = Column(field, kind, found.term.zh, found.term.en, labels=labels, missing=NOT_STATED)
    return Dimension(name, found.term.zh, found.term.en, (column,))


_PROVINCE = Column("province", "text", "省份", "Province", missing=NOT_STATED)
_CITY = Column("city", "text", "地市", "City", missing=NOT_STATED)
_REGION = Column(
    "region",
    "choice",
    "区域",
    "Region",
    labels={code: (name, _REGIONS_EN[code]) for code, name in REGION_NAMES.items()},
    missing=("未划入区域", "In no region"),
)
_SOURCE = Column(
    "source",
    "choice",
    "资金来源",
    "Source",
    labels={code: (name, code.replace("_", " ")) for code, name in FUNDING_SOURCES.items()},
    missing=("未明确来源", "No source identified"),
)
_YEAR = Column("year", "year", "年度", "Year", missing=("年份未知", "Year not known"))

PROJECT_DIMENSIONS: Mapping[str, Dimension] = {
    each.name: each
    for each in (
        Dimension("province", "省份", "Province", (_PROVINCE,)),
        Dimension("city", "地市", "City", (_PROVINCE, _CITY)),
        Dimension("region", "区域", "Region", (_REGION,)),
        _field_dimension("field", "published_field"),
        _field_dimension("beautiful_city_dimension", "beautiful_city_dimension"),
        _field_dimension("beautiful_city_task", "beautiful_city_task"),
        _field_dimension("status", "construction_status"),
        _field_dimension("mode", "implementation_mode"),
        _field_dimension("nature", "project_nature"),
        _field_dimension("green", "green_catalogue_class"),
        _field_dimension("transition", "transition_finance_sector"),
    )
}
LINE_DIMENSIONS: Mapping[str, Dimension] = {
    "source": Dimension("source", "资金来源", "Source", (_SOURCE,)),
    "year": Dimension("year", "年度", "Year", (_YEAR,)),
}

PORTFOLIO_COLUMNS: tuple[str, ...] = tuple(
    dict.fromkeys(
        (
            "code",
            "is_demo",
            "city_code",
            "total_investment_fen",
            *(column.name for dimension in PROJECT_DIMENSIONS.values() for column in dimension.columns),
        )
    )
)
"""What to ask `read_projects` for, so that every summary can be made."""


@dataclass(frozen=True, slots=True)
class Portfolio:
    """Projects and their funding lines.

    `projects`: one row per project: its dimensions as coded columns, `total_investment_fen`, and of its lines
    `secured_fen`, `planned_fen`, `gap_fen`, `central_line_fen` and `fiscal_line_fen` (secured or planned), `n_lines`,
    `n_unknown_amount`, `no_source_fen` and `over_fen` (the last two NULL where the total or an amount is unknown).
    `lines`: `row` (position of the project), `source`, `year`, `status`, `amount_fen`.
    `cells`: the same lines as arrays, ready for exact sums.
    """

    projects: pl.DataFrame
    lines: pl.DataFrame
    cells: LineCells
    names: Names = field(default_factory=dict)
    """Of packs and libraries, in both languages."""
    findings: tuple[Finding, ...] = ()

    def dimensions(self) -> dict[str, Dimension]:
        """Return every dimension this portfolio can be cut by, those of lines last."""
        names = set(self.projects.columns)
        known = {
            name: each
            for name, each in PROJECT_DIMENSIONS.items()
            if all(column.name in names for column in each.columns)
        }
        judged = {
            name: make(name, self.names)
            for prefix, make in _MAKERS.items()
            for name in self.projects.columns
            if name.startswith(prefix)
        }
        for name in self.projects.columns:
            if name.startswith(ZONE_PREFIX):
                column = zone_column(name, self.projects.get_column(name))
                known[name] = Dimension(name, column.zh, column.en, (column,))
        if LIBRARY in names:
            known[LIBRARY] = _library_dimension(self.projects.get_column(LIBRARY), self.names)
        return known | judged | dict(LINE_DIMENSIONS)

    def keys(self, by: Sequence[str]) -> list[Column]:
        """Return the columns of these dimensions. Raises InvalidInput for one nobody knows."""
        known = self.dimensions()
        unknown = [name for name in by if name not in known]
        if unknown:
            raise InvalidInput.of([_unknown_dimension(name, known) for name in unknown])
        return list({column.name: column for name in by for column in known[name].columns}.values())


def _verdict_dimension(name: str, names: Names) -> Dimension:
    pack_zh, pack_en = _named(name.removeprefix(VERDICT_PREFIX), names)
    zh, en = f"入库结论（{pack_zh}）", f"Verdict ({pack_en})"
    column = Column(name, "choice", zh, en, labels=_VERDICTS, missing=("未评估", "Not assessed"))
    return Dimension(name, zh, en, (column,))


def _application_dimension(name: str, names: Names) -> Dimension:
    library_zh, library_en = _named(name.removeprefix(APPLICATION_PREFIX), names)
    zh, en = f"申请状态（{library_zh}）", f"Application ({library_en})"
    column = Column(
        name,
        "choice",
        zh,
        en,
        labels={str(state): words for state, words in STATES.items()},
        missing=("未申请", "Not applied"),
    )
    return Dimension(name, zh, en, (column,))


def _library_dimension(column: pl.Series, names: Names) -> Dimension:
    labels = {}
    for value in column.drop_nulls().unique().to_list():
        parts = [_named(pack, names) for pack in value.split(TOGETHER)]
        labels[value] = ("、".join(zh for zh, _ in parts), ", ".join(en for _, en in parts))
    found = Column(LIBRARY, "choice", "所在项目库", "Libraries", labels=labels, missing=("未入库", "In no library"))
    return Dimension(LIBRARY, "所在项目库", "Libraries", (found,))


def _named(pack: str, names: Names) -> tuple[str, str]:
    return names.get(pack, (pack, pack))


_MAKERS = {VERDICT_PREFIX: _verdict_dimension, APPLICATION_PREFIX: _application_dimension}


def _unknown_dimension(name: str, known: Mapping[str, Dimension]) -> Finding:
    names = "、".join(known)
    return Finding(
        "by",
        "unknown-dimension",
        f"没有名为“{name}”的分组维度；可用：{names}",
        f"There is no dimension '{name}'; known are {', '.join(known)}",
        value=name,
    )


def build_portfolio(
    projects: pl.DataFrame,
    lines: pl.DataFrame,
    *,
    verdicts: pl.DataFrame | None = None,
    applications: pl.DataFrame | None = None,
    zones: pl.DataFrame | None = None,
    names: Names | None = None,
) -> Portfolio:
    """Return the portfolio of these projects (`read_projects`) and lines (`read_funding_lines`).

    `verdicts` has `project_id`, `pack_id`, `verdict`, one row per project and pack; each pack becomes a dimension.
    `applications` is `lifecycle.columns.standing`; each library becomes a dimension, and all of them together one.
    `zones` has `city_code` and a column for each kind of zone (`zones.zone_frame`).
    A line of a project that is not there is left out. What is wrong with the data is in `findings`.
    """
    coded = projects.with_columns(_coded(projects, name) for name in _text_dimensions(projects))
    if verdicts is not None and verdicts.height:
        coded = coded.join(_verdict_columns(verdicts), on="project_id", how="left", maintain_order="left")
    if applications is not None and applications.height:
        coded = coded.join(_application_columns(applications), on="project_id", how="left", maintain_order="left")
    if zones is not None and "city_code" in coded.columns:
        coded = coded.join(zones, on="city_code", how="left", maintain_order="left")
    numbered = coded.with_row_index("row")
    placed = lines.join(numbered.select("project_id", "row"), on="project_id", maintain_order="left").select(
        "row",
        pl.col("source").cast(SOURCE),
        pl.when(pl.col("year").is_between(FIRST_YEAR, LAST_YEAR)).then("year").cast(pl.Int16).alias("year"),
        pl.col("status").cast(STATUS),
        "amount_fen",
    )
    cells = cells_of(placed)
    whole = numbered.with_columns(_stated(cells, numbered.height)).pipe(_open)
    return Portfolio(whole, placed, cells, names or {}, tuple(findings_on(projects, lines)))


def _application_columns(applications: pl.DataFrame) -> pl.DataFrame:
    libraries = applications.get_column("library").unique().sort().to_list()
    is_in = pl.col("state") == "in_library"
    return applications.group_by("project_id", maintain_order=True).agg(
        *(
            pl.col("state").filter(pl.col("library") == library).last().alias(f"{APPLICATION_PREFIX}{library}")
            for library in libraries
        ),
        pl.when(is_in.any()).then(pl.col("library").filter(is_in).unique().sort().str.join(TOGETHER)).alias(LIBRARY),
    )


def _text_dimensions(projects: pl.DataFrame) -> list[str]:
    columns = {column.name for dimension in PROJECT_DIMENSIONS.values() for column in dimension.columns}
    return [name for name in projects.columns if name in columns]


def _coded(projects: pl.DataFrame, name: str) -> pl.Series:
    """Return a text column as codes, in the order of the catalogue, of the division codes, or of the text."""
    column = projects.get_column(name).cast(pl.String)
    declared = REGION_NAMES if name == "region" else fields()[name].term.choices if name in fields() else None
    if declared is not None:
        return column.cast(pl.Enum(list(declared)))
    is_place = name in ("province", "city") and "city_code" in projects.columns
    ordered = projects.sort("city_code", name, nulls_last=True).get_column(name) if is_place else column.sort()
    return column.cast(pl.Enum(ordered.cast(pl.String).drop_nulls().unique(maintain_order=True)))


def _verdict_columns(verdicts: pl.DataFrame) -> pl.DataFrame:
    packs = verdicts.get_column("pack_id").unique().sort().to_list()
    answers = pl.Enum(list(_VERDICTS))
    return verdicts.group_by("project_id").agg(
        pl.col("verdict").filter(pl.col("pack_id") == pack).last().cast(answers).alias(f"{VERDICT_PREFIX}{pack}")
        for pack in packs
    )


def _stated(cells: LineCells, count: int) -> list[pl.Series]:
    """Return what the lines of each project state: money by status, lines, lines without an amount."""
    of_status = cells.sums(cells.row * len(cells.statuses) + cells.status, count * len(cells.statuses))
    by_status = of_status.amounts.reshape(count, len(cells.statuses))
    given = [status for status in cells.statuses if status != "gap"]
    return [
        *(pl.Series(f"{status}_fen", by_status[:, place]) for place, status in enumerate(cells.statuses)),
        pl.Series("central_line_fen", cells.fen_by_row(CENTRAL_SOURCES, given, count)),
        pl.Series("fiscal_line_fen", cells.fen_by_row(FISCAL_SOURCES, given, count)),
        pl.Series("n_lines", of_status.lines.reshape(count, len(cells.statuses)).sum(axis=1)),
        pl.Series("n_unknown_amount", of_status.unknown.reshape(count, len(cells.statuses)).sum(axis=1)),
    ]


def _open(projects: pl.DataFrame) -> pl.DataFrame:
    """Add what no line names a source for, and what the lines hold beyond the total; NULL unless both are known."""
    stated = pl.sum_horizontal("secured_fen", "planned_fen", "gap_fen")
    known = pl.when(pl.col("n_unknown_amount") == 0).then(pl.col("total_investment_fen") - stated)
    return projects.with_columns(
        known.clip(lower_bound=0).alias("no_source_fen"), (-known).clip(lower_bound=0).alias("over_fen")
    )
