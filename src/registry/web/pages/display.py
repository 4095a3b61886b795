"""Public display 展示平台: pages for anybody, without sign-in, the same for all who ask."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath
from markupsafe import Markup

from registry.database import reading
from registry.errors import NotFound
from registry.packages.open_data import evidence_path
from registry.programme.cases.model import COMMUNITY_GOAL, FIGURES, GOAL_SOURCE, KINDS
from registry.programme.cases.pictures import shown_picture
from registry.programme.cases.queries import count_shown, find_shown, list_shown
from registry.programme.cases.workbook import FIELDS as CASE_FIELDS
from registry.programme.display.choosing import ALWAYS, PARTS
from registry.programme.display.commenting import published_comments
from registry.programme.display.papers import list_shown_papers, read_shown_paper
from registry.programme.display.queries import (
    Displayed,
    PlaceCount,
    count_by_province,
    display_totals,
    find_displayed,
    find_evidence,
    list_displayed,
)
from registry.programme.papers.model import KINDS as PAPER_KINDS
from registry.projects.catalogue import CatalogueField, fields, line_fields
from registry.projects.codes import city_name, province_name
from registry.projects.documents.operations import DamagedFile, Download
from registry.projects.documents.sniffing import media_type
from registry.projects.documents.store import open_store
from registry.projects.fields.beautiful_city import DIMENSIONS
from registry.projects.model import Dossier
from registry.web.api.assessments import Number
from registry.web.api.documents import attachment
from registry.web.bodies import as_of_or_today
from registry.web.i18n import Language
from registry.web.public import public_page, public_visit, shared
from registry.web.tile_map import PLACES, Tile, tile_map

Anybody = Request[Any, Any, Any]
PAGE = 24
CNY_10K_IN_HUNDRED_MILLION = 10_000
"""万元 in one 亿元, the unit of totals."""
_LONGEST_SEARCH = 60
_LARGEST = 2_000_000_000
_NUMBERS = frozenset({"money", "number", "ratio", "integer"})


@get("/display", sync_to_thread=True, include_in_schema=False)
def home(request: Anybody) -> Response[Any]:
    """Show what is on display: how much, where, the newest, and the data to take away."""
    today = as_of_or_today(None)
    with reading(request.app.state.engine) as session:
        totals = display_totals(session, today=today)
        places = count_by_province(session, today=today)
        newest = list_displayed(session, today=today, limit=6)
        counts = {each.kind: each for each in count_shown(session, today=today)}
        cases = list_shown(session, today=today, limit=4)
        papers = list_shown_papers(session, today=today)[:8]
    community = counts.get("community")
    return public_page(
        request,
        "display/home.html",
        totals=totals,
        hundred_million=None if totals.investment is None else Decimal(totals.investment) / CNY_10K_IN_HUNDRED_MILLION,
        drawn=_drawn(places, public_visit(request).language),
        newest=newest,
        counts=counts,
        kinds=KINDS,
        community=(community.cases - community.demo_cases, community.demo_cases) if community else (0, 0),
        goal=COMMUNITY_GOAL,
        goal_source=GOAL_SOURCE,
        cases=cases,
        papers=papers,
        paper_kinds=PAPER_KINDS,
        places=_places([each.city_code for each in cases]),
    )


def _drawn(places: Sequence[PlaceCount], language: Language) -> Markup:
    """Return the provinces as tiles with the number of their projects; each leads to its list."""
    codes = {province_name(f"{each.province}0000") or "": each for each in places}
    tiles = {name: Tile(each.projects, str(each.projects)) for name, each in codes.items()}
    suffix = "&lang=en" if language == "en" else ""
    title = "Projects on display by province" if language == "en" else "各地公开项目"
    drawn = tile_map(
        tiles,
        title,
        is_english=language == "en",
        link=lambda name: f"/display/projects?province={codes[name].province}{suffix}",
    )
    return Markup(drawn)  # noqa: S704 - every text in it was escaped


@get("/display/projects", sync_to_thread=True, include_in_schema=False)
def project_list(request: Anybody) -> Response[Any]:
    """Search what is on display, in what was released."""
    today, asked = as_of_or_today(None), request.query_params
    text, province = asked.get("q", "")[:_LONGEST_SEARCH], asked.get("province", "")
    dimension = asked.get("dimension", "")
    with reading(request.app.state.engine) as session:
        rows = list_displayed(
            session,
            today=today,
            text=text,
            province=province if province in PLACES else None,
            dimension=dimension if dimension in DIMENSIONS else None,
            before=whole(asked.get("before")),
            limit=PAGE + 1,
        )
        places = count_by_province(session, today=today)
    return public_page(
        request,
        "display/projects.html",
        rows=rows[:PAGE],
        next=rows[PAGE - 1].id if len(rows) > PAGE else None,
        text=text,
        province=province,
        dimension=dimension,
        dimensions=DIMENSIONS,
        provinces=[(each.province, province_name(f"{each.province}0000"), each.projects) for each in places],
    )


def whole(text: str | None) -> int | None:
    """Return a number of an address; None where there is none that a row could have."""
    is_number = text is not None and text.isascii() and text.isdigit() and len(text) <= 10  # noqa: PLR2004 - digits
    number = int(text or "0") if is_number else 0
    return number if 0 < number <= _LARGEST else None


@get("/display/projects/{code:str}", sync_to_thread=True, include_in_schema=False)
def project_page(request: Anybody, code: FromPath[str]) -> Response[Any]:
    """Show what was released of a project. Raises NotFound, Withdrawn."""
    today = as_of_or_today(None)
    with reading(request.app.state.engine) as session:
        displayed = find_displayed(session, code, today=today)
        comments = published_comments(session, project=code)
    return public_page(
        request,
        "display/project.html",
        shown=displayed,
        parts=parts_of(displayed),
        numbers=_NUMBERS,
        evidence_path=evidence_path,
        comments=comments,
        fields=fields(),
    )


def parts_of(displayed: Displayed) -> list[dict[str, Any]]:
    """Return the released parts in the order shown, each with its fields or lines and the documents that prove it."""
    found = []
    for key, (zh, en, names) in PARTS.items():
        chosen = [name for name in names if name in displayed.fields]
        if not chosen or (key == "identity" and not set(chosen) - set(ALWAYS)):
            continue
        part: dict[str, Any] = {"key": key, "title": (zh, en), "fields": [], "columns": [], "rows": []}
        if key in Dossier.LINES:
            part["rows"] = displayed.document.get(key, [])
            part["columns"] = _used_columns(key, part["rows"])
        else:
            part["fields"] = [fields()[name] for name in chosen]
        part["evidence"] = [each for each in displayed.evidence if each.section == key]
        found.append(part)
    return found


def _used_columns(key: str, rows: Sequence[Mapping[str, Any]]) -> list[CatalogueField]:
    return [each for name, each in line_fields(key).items() if any(row.get(name) is not None for row in rows)]


@get("/display/projects/{code:str}/evidence/{number:int}", sync_to_thread=True, include_in_schema=False)
def evidence_file(request: Anybody, code: FromPath[str], number: Number) -> Response[bytes]:
    """Hand out a document released with a project, always as a download. Raises NotFound, Withdrawn."""
    with reading(request.app.state.engine) as session:
        found = find_evidence(session, code, number, today=as_of_or_today(None))
    content = open_store(request.app.state.settings).read(found.sha256)
    if media_type(content) != found.media_type:
        raise DamagedFile("存储的文件与放行时不一致，请联系管理员", "The stored file differs from what was released")
    return attachment(Download(found.file_name, found.media_type, content))


@get("/display/cases", sync_to_thread=True, include_in_schema=False)
def case_gallery(request: Anybody) -> Response[Any]:
    """Show the cases on display as a gallery, and how many of the hundred communities there are."""
    today = as_of_or_today(None)
    kind = request.query_params.get("kind", "")
    with reading(request.app.state.engine) as session:
        counts = {each.kind: each for each in count_shown(session, today=today)}
        rows = list_shown(
            session,
            today=today,
            kind=kind if kind in KINDS else None,
            before=whole(request.query_params.get("before")),
            limit=PAGE + 1,
        )
    community = counts.get("community")
    return public_page(
        request,
        "display/cases.html",
        rows=rows[:PAGE],
        next=rows[PAGE - 1].id if len(rows) > PAGE else None,
        kind=kind,
        kinds=KINDS,
        counts=counts,
        community=(community.cases - community.demo_cases, community.demo_cases) if community else (0, 0),
        goal=COMMUNITY_GOAL,
        goal_source=GOAL_SOURCE,
        places=_places([each.city_code for each in rows]),
    )


def _places(codes: Sequence[str]) -> dict[str, str]:
    return {code: place_of(code) for code in codes}


def place_of(code: str) -> str:
    """Return province and city of a division code, as printed."""
    names = [province_name(code), city_name(code)]
    return " ".join(dict.fromkeys(name for name in names if name))


@get("/display/cases/{number:int}", sync_to_thread=True, include_in_schema=False)
def case_page(request: Anybody, number: Number) -> Response[Any]:
    """Show a case. Its project is named only where that is on display too. Raises NotFound, CaseWithdrawn."""
    today = as_of_or_today(None)
    with reading(request.app.state.engine) as session:
        record = find_shown(session, number, today=today)
        comments = published_comments(session, case=number)
        project = None
        if record.fields.get("project_code"):
            try:
                project = find_displayed(session, record.fields["project_code"], today=today).summary
            except NotFound:
                project = None
    figures = [CASE_FIELDS[name] for name in FIGURES if record.fields.get(name) is not None]
    return public_page(
        request,
        "display/case.html",
        case=record,
        kinds=KINDS,
        place=place_of(record.summary.city_code),
        figures=figures,
        project=project,
        comments=comments,
    )


@get("/display/cases/{number:int}/pictures/{picture:int}", sync_to_thread=True, include_in_schema=False)
def case_picture(request: Anybody, number: Number, picture: Number) -> Response[Any]:
    """Show a picture of a case on display. Raises NotFound, CaseWithdrawn."""
    store = open_store(request.app.state.settings)
    with reading(request.app.state.engine) as session:
        found = shown_picture(session, number, picture, today=as_of_or_today(None), store=store)
    return shared(request, found.content, found.media_type, tag=found.sha256[:32])


@get("/display/papers/{number:int}", sync_to_thread=True, include_in_schema=False)
def paper_page(request: Anybody, number: Number) -> Response[Any]:
    """Show a published plan or self-evaluation: its texts, and its projects that are on display. Raises NotFound."""
    today = as_of_or_today(None)
    with reading(request.app.state.engine) as session:
        paper = read_shown_paper(session, number, today=today)
    return public_page(request, "display/paper.html", paper=paper, paper_kinds=PAPER_KINDS, evidence_path=evidence_path)


handlers = [
    home,
    project_list,
    project_page,
    evidence_file,
    case_gallery,
    case_page,
    case_picture,
    paper_page,
]
