"""Small portfolios, so that a test names only what matters to it."""

from typing import Any

import polars as pl

from registry.portfolio.frame import PORTFOLIO_COLUMNS
from registry.projects.columns import LINE_SCHEMA, project_schema

PROJECT_SCHEMA = {name: project_schema()[name] for name in ("project_id", *PORTFOLIO_COLUMNS)}

HUZHOU = {"province": "浙江省", "city": "湖州市", "region": "east", "city_code": "330500"}
JINAN = {"province": "山东省", "city": "济南市", "region": "east", "city_code": "370100"}
CHENGDU = {"province": "四川省", "city": "成都市", "region": "west", "city_code": "510100"}


def projects(*rows: dict[str, Any]) -> pl.DataFrame:
    """Return projects as `read_projects` gives them; what is not named is unknown."""
    empty = dict.fromkeys(PROJECT_SCHEMA)
    return pl.DataFrame([{**empty, **row} for row in rows], schema=PROJECT_SCHEMA)


def lines(*rows: tuple[int, str, int | None, int | None, str]) -> pl.DataFrame:
    """Return lines as `read_funding_lines` gives them: project, source, year, fen, status."""
    return pl.DataFrame(rows, schema=LINE_SCHEMA, orient="row")
