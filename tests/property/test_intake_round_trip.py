"""Export, then upload: nothing is lost, nothing is changed, whatever a dossier holds."""

import codecs
import csv
import io
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlalchemy import Engine

from builders import dossier
from finance_strategies import any_cases
from registry.accounts.model import Actor
from registry.accounts.operations import add_organisation, add_user
from registry.accounts.queries import actor_by_login
from registry.database import migrate, open_engine, reading, writing
from registry.intake.importing import import_file
from registry.intake.preview import preview_file
from registry.intake.template import export_csv, export_workbook
from registry.intake.text_files import Encoding, csv_lines, read_csv
from registry.projects.case_fields import case_fields, case_records, nested
from registry.projects.catalogue import CatalogueField, fields, line_fields
from registry.projects.model import Dossier
from registry.projects.operations import create_project
from registry.projects.queries import read_dossier

# Texts as people leave them, and as an attacker would: formulas, masks, dashes, long digits, signs, new lines.
NASTY = (
    "=1+1",
    "+86",
    "-",
    "@SUM(A1)",
    "****",
    "点击查看",
    "007",
    "1e5",
    "2024-09",
    "是",
    'a"b',
    "甲\n乙",
    "VLOOKUP(A1,B,2)",
    "𬭎㳇水务",
    "_x0041_",
    "甲\t乙",
    "1,234.50",
)
TITLES = ["项目名称"] * 300
"""As many as an export has: a file of a few characters alone is none that its encoding could be told from."""
CASE = {
    "timeline": {"construction_years": 2, "operation_years": 10},
    "revenue_streams": [{"name": "水费", "annual_amount": "100.5", "ramp": [0.5, 1]}],
    "debts": [{"name": "=贷款", "draws": ["10", "20"], "annual_rate": 0.035, "repayment": {}}, {}],
    "working_capital": {"turnover": {}},
    "grants": [],
}
"""Parts and records that say nothing yet are kept too."""
WORDS = st.one_of(
    st.sampled_from(NASTY),
    st.text("污水厂网提升改造=+-@*/'\"<>&1２ A", min_size=2, max_size=12)
    .map(str.strip)
    .filter(lambda text: len(text) > 1),
)
PERIODS = st.sampled_from(("2024", "2026-01", "2027-10", "2028-02-29"))
MONEY = st.decimals(0, Decimal(10) ** 10, places=6)
AMOUNTS = st.decimals(-(10**10), 10**10, allow_nan=False).map(lambda amount: Decimal(f"{amount:.14f}"))
SHARES = st.floats(-3, 3)
STEPS = st.fixed_dictionaries({}, optional={"from_year": st.integers(1, 40), "annual_rate": SHARES})
CHECKED = {"approval_code": "2107-330000-04-01-123456", "implementer_credit_code": "91110000600037341L"}
PLACES = {"city_code": "330500", "implementer_registered_code": "330500"}


def is_taken(name: str, value: Any) -> bool:
    """Some dates must be exact to the day: leave out what the catalogue itself refuses."""
    try:
        Dossier.model_validate({name: value})
    except ValidationError:
        return False
    return True


def values_of(field: CatalogueField) -> st.SearchStrategy[Any]:
    if field.name in CHECKED or field.name in PLACES:
        return st.just((CHECKED | PLACES)[field.name])
    if field.kind == "choice":
        return st.sampled_from(sorted(field.term.choices or {}))
    by_kind: dict[str, st.SearchStrategy[Any]] = {
        "text": WORDS.map(lambda text: text[: field.max_length or 200].strip()).filter(lambda text: len(text) > 1),
        "money": MONEY,
        "ratio": st.floats(0, 1),
        "number": st.floats(0, 40),
        "integer": st.integers(1990, 2050),
        "boolean": st.booleans(),
        "period": PERIODS,
        "amounts": st.lists(AMOUNTS, max_size=4),
        "ratios": st.lists(SHARES, max_size=4),
        "rate_steps": st.lists(STEPS, max_size=3),
    }
    return by_kind[field.kind]


def lines_of(collection: str) -> st.SearchStrategy[list[dict[str, Any]]]:
    described = line_fields(collection)
    required = {name: values_of(field) for name, field in described.items() if field.is_required}
    optional = {name: values_of(field) for name, field in described.items() if not field.is_required}
    return st.lists(st.fixed_dictionaries(required, optional=optional), max_size=2)


def parts_of(described: Mapping[str, CatalogueField]) -> st.SearchStrategy[dict[str, Any]]:
    """A part of a case in which any value may be missing."""
    estimates: dict[str, st.SearchStrategy[Any]] = {"money": AMOUNTS, "ratio": SHARES}
    values = {
        path: estimates[field.kind] if field.kind in estimates else values_of(field)
        for path, field in described.items()
    }
    return st.fixed_dictionaries({}, optional=values).map(nested)


@st.composite
def drafted_cases(draw: st.DrawFn) -> dict[str, Any]:
    """A case as far as somebody has got with it, whether or not it can be calculated."""
    case = draw(parts_of(case_fields()))
    for name in draw(st.sets(st.sampled_from(sorted(case_records())), max_size=3)):
        case[name] = draw(st.lists(parts_of(case_records()[name].fields), min_size=1, max_size=2))
    return case


@st.composite
def dossiers(draw: st.DrawFn) -> Dossier:
    names = draw(st.sets(st.sampled_from(sorted(set(fields()) - {"name", *CHECKED})), max_size=25))
    values = {name: draw(values_of(fields()[name]).filter(partial(is_taken, name))) for name in sorted(names)}
    values["name"] = draw(values_of(fields()["name"]))
    for collection in draw(st.sets(st.sampled_from(sorted(Dossier.LINES)), max_size=3)):
        values[collection] = draw(lines_of(collection))
    values["financials"] = draw(st.one_of(st.none(), st.just(CASE), any_cases(), drafted_cases()))
    return Dossier.model_validate(values)


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, Actor, Path]]:
    folder = tmp_path_factory.mktemp("round")
    engine = open_engine(f"sqlite:///{folder / 'registry.db'}")
    migrate(engine)
    with writing(engine) as session:
        city = add_organisation(session, name="湖州市财政局", group="city", division_code="330500")
        assert city.id is not None
        add_user(session, login="city", display_name="city", password="correct horse 42", organisation_id=city.id)
    with reading(engine) as session:
        actor = actor_by_login(session, "city")
    yield engine, actor, folder / "export.xlsx"
    engine.dispose()


@settings(max_examples=20, phases=[Phase.generate], deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(dossiers(), min_size=1, max_size=3))
def test_an_export_uploaded_unchanged_changes_nothing(
    registry: tuple[Engine, Actor, Path], made: list[Dossier]
) -> None:
    engine, actor, path = registry
    with writing(engine) as session:
        codes = [create_project(session, actor, dossier, reason="录入").code for dossier in made]
    assert_comes_back(engine, actor, path, export_workbook(zip(codes, made, strict=True)), codes, made)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@settings(max_examples=8, phases=[Phase.generate], deadline=None, suppress_health_check=list(HealthCheck))
@given(made=st.lists(dossiers(), min_size=1, max_size=3))
def test_a_csv_uploaded_unchanged_changes_nothing_and_starts_no_formula(
    registry: tuple[Engine, Actor, Path], made: list[Dossier], encoding: Encoding
) -> None:
    engine, actor, folder = registry
    with writing(engine) as session:
        codes = [create_project(session, actor, dossier, reason="录入").code for dossier in made]
    content = b"".join(export_csv(zip(codes, made, strict=True), encoding))
    assert content.startswith(codecs.BOM_UTF8) == (encoding == "utf-8")
    rows = csv.reader(io.StringIO(content.decode("utf-8-sig" if encoding == "utf-8" else encoding), newline=""))
    assert not [cell for row in rows for cell in row if cell.lstrip()[:1] in set("=+-@") - {""}]
    assert_comes_back(engine, actor, folder.with_suffix(".csv"), content, codes, made)


@settings(max_examples=200)
@given(st.text("'=+-@＝\t\r\n \"a水,;𬭎\ue815", max_size=8))
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_any_text_of_a_csv_comes_back_as_it_was(encoding: Encoding, text: str) -> None:
    content = b"".join(csv_lines([TITLES, [text, "末"]], encoding))
    assert read_csv(content, "a.csv")[1] == [text or None, "末"]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_cell_edited_in_a_csv_is_all_that_changes(registry: tuple[Engine, Actor, Path], encoding: Encoding) -> None:
    engine, actor, folder = registry
    made = dossier(other_debt="30", source_title="-甲\n乙", bond_issuances=[{"amount_wan": "12"}])
    with writing(engine) as session:
        code = create_project(session, actor, made, reason="录入").code
    text = b"".join(export_csv([(code, made)], encoding)).decode("utf-8-sig" if encoding == "utf-8" else encoding)
    path = folder.with_suffix(".csv")
    path.write_bytes(text.replace("12345.67", "23456.78").encode("utf-8-sig" if encoding == "utf-8" else encoding))
    with reading(engine) as session:
        (row,) = preview_file(session, actor, path, path.name).rows
    assert [(cell.path, cell.before, cell.after) for cell in row.cells] == [
        ("total_investment", "12345.67", "23456.78")
    ]


def assert_comes_back(
    engine: Engine, actor: Actor, path: Path, content: bytes, codes: list[str], made: list[Dossier]
) -> None:
    path.write_bytes(content)
    with reading(engine) as session:
        preview = preview_file(session, actor, path, path.name)
    assert [(row.state, [cell for cell in row.cells if cell.state != "error"]) for row in preview.rows] == [
        ("unchanged", []) for _ in made
    ]
    with writing(engine) as session:
        result = import_file(session, actor, path)
    assert (result.rows, result.unchanged, list(result.codes.values())) == (len(made), len(made), codes)
    with reading(engine) as session:
        assert [read_dossier(session, actor, code)[1] for code in codes] == made
