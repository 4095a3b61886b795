"""A made-up registry of the size issue 6 speaks of; figures drawn once from a fixed seed."""

from typing import Any

import numpy as np
import polars as pl
from sqlalchemy import Engine

from registry.accounts.model import Actor
from registry.projects.catalogue import fields
from registry.projects.codes import division_names
from registry.projects.lines import FUNDING_SOURCES

N_PROJECTS, N_LINES = 300_000, 3_000_000
OPERATOR = Actor(None, 1, "operator", None, "测量")
_CHOICES = (
    "beautiful_city_dimension",
    "beautiful_city_task",
    "construction_status",
    "implementation_mode",
    "project_nature",
)
_MONEY = ("total_investment", "amount")
_COUNTS = ("performance_goal_count", "component_count", "quantified_benefit_count")
_MOMENT = "2026-01-01 00:00:00.000000"


def project_rows() -> pl.DataFrame:
    """Return rows of the table `project`: the columns summaries read, one in ten values unknown."""
    rng = np.random.default_rng(6)
    cities = np.array(sorted(code for code in division_names() if not code.endswith("0000")))
    columns: dict[str, pl.Series | np.ndarray[tuple[int], np.dtype[np.int64]]] = {
        "id": np.arange(1, N_PROJECTS + 1),
        "city_code": pl.Series(cities[rng.integers(0, len(cities), N_PROJECTS)]),
        "published_field": pl.Series(np.array([f"领域{i}" for i in range(12)])[rng.integers(0, 12, N_PROJECTS)]),
        "total_investment": rng.integers(10**9, 10**12, N_PROJECTS),
    }
    for name in _CHOICES:
        codes = np.array(list(fields()[name].term.choices or {}))
        columns[name] = pl.Series(codes[rng.integers(0, len(codes), N_PROJECTS)])
    unknown = pl.Series(rng.random(N_PROJECTS) < 0.1)
    known = [name for name in columns if name not in ("id", "city_code")]
    moment = pl.lit(_MOMENT).str.to_datetime(time_unit="us", time_zone="UTC")
    return pl.DataFrame(columns).with_columns(
        *(pl.when(~unknown).then(pl.col(name)).alias(name) for name in known),
        pl.format("ML-{}", pl.col("id").cast(pl.String).str.zfill(7)).alias("code"),
        pl.lit(1, dtype=pl.Int64).alias("owner_id"),
        pl.lit(1, dtype=pl.Int64).alias("revision_number"),
        *(pl.lit(0, dtype=pl.Int64).alias(name) for name in _COUNTS),
        pl.lit(value=True).alias("is_demo"),
        *(moment.alias(name) for name in ("created_at", "updated_at")),
    )


def line_rows() -> pl.DataFrame:
    """Return rows of the table `funding_line`, some without year or amount."""
    rng = np.random.default_rng(7)
    number = pl.int_range(1, N_LINES + 1, eager=True)
    frame = pl.DataFrame(
        {
            "id": number,
            "project_id": np.sort(rng.integers(1, N_PROJECTS + 1, N_LINES)),
            "source": np.array(list(FUNDING_SOURCES))[rng.integers(0, len(FUNDING_SOURCES), N_LINES)],
            "year": rng.integers(2024, 2031, N_LINES),
            "amount": rng.integers(10**7, 10**10, N_LINES),
            "status": np.array(["secured", "planned", "gap"])[rng.choice(3, N_LINES, p=[0.5, 0.4, 0.1])],
        }
    )
    return frame.with_columns(
        pl.when(number % 17 != 0).then("year").alias("year"), pl.when(number % 31 != 0).then("amount").alias("amount")
    )


def fill(engine: Engine, projects: pl.DataFrame, lines: pl.DataFrame) -> None:
    """Put the rows into a migrated, empty database."""
    with engine.execution_options(is_writer=True).begin() as connection:
        connection.exec_driver_sql("INSERT INTO organisation (id, name, \"group\") VALUES (1, '测量', 'operator')")
    for table, rows in (("project", projects), ("funding_line", lines)):
        frame = rows
        if engine.dialect.name == "postgresql":
            uri = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
            # Keys and years are INTEGER there, money BIGINT; COPY wants the exact width.
            narrow = [name for name, dtype in frame.schema.items() if dtype == pl.Int64 and name not in _MONEY]
            frame = frame.with_columns(pl.col(narrow).cast(pl.Int32))
            frame.write_database(table, uri, engine="adbc", if_table_exists="append")
        else:
            _insert(engine, table, frame)


def _insert(engine: Engine, table: str, frame: pl.DataFrame) -> None:
    moments = [name for name, dtype in frame.schema.items() if dtype == pl.Datetime]
    plain = frame.with_columns(pl.lit(_MOMENT).alias(name) for name in moments)
    marks = ", ".join("?" * plain.width)
    with engine.execution_options(is_writer=True).begin() as connection:
        cursor: Any = connection.connection.cursor()
        cursor.executemany(
            f"INSERT INTO {table} ({', '.join(plain.columns)}) VALUES ({marks})",  # noqa: S608 - names of our own tables
            plain.iter_rows(),
        )
