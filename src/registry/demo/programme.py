"""The Beautiful City side of the demo 示例数据: zones, indicators, a plan, a self-evaluation, a round of selection."""

from collections.abc import Sequence
from datetime import date

from sqlmodel import Session

from registry.accounts.model import Actor
from registry.accounts.queries import actor_by_login
from registry.assessments.operations import assess_project
from registry.demo.people import CITY_LOGIN
from registry.programme.city_plan.document import CityPlanDocument
from registry.programme.city_plan.operations import begin_city_plan
from registry.programme.indicators.operations import Stated, state_values
from registry.programme.nomination.operations import give_provincial_opinion, save_nomination, submit_nomination
from registry.programme.nomination.rounds import StatedQuota, open_selection
from registry.programme.regional_programme.document import RegionalProgrammeDocument
from registry.programme.regional_programme.operations import begin_regional_programme
from registry.programme.self_evaluation.operations import begin_self_evaluation
from registry.programme.self_evaluation.rounds import open_round
from registry.projects.zones.operations import note_membership

_SOURCE = "示例数据，非公布名单"
_DAY = date(2026, 11, 20)
_MEMBERS = (("yangtze_delta", "330000"), ("yangtze_basin", "330500"), ("yellow_river", "370100"),
            ("zero_waste", "330500"), ("low_carbon", "370100"))  # fmt: skip
_UNITS = {"pm25": "μg/m³", "pm10": "μg/m³"}
_VALUES: dict[str, dict[str, Sequence[tuple[int, float, float | None]]]] = {
    CITY_LOGIN: {
        "pm25": ((2024, 28, 27.4), (2025, 27, 27.8), (2026, 26, None)),
        "pm10": ((2024, 50, 48), (2025, 48, 46), (2026, 46, None)),
        "good_air_days": ((2024, 86, 87.2), (2025, 87, 87), (2026, 88, None)),
        "sewage_collected": ((2025, 78, 76.5), (2026, 80, None)),
        "park_500m": ((2025, 90, 91.3), (2026, 91, None)),
    },
    "jinan": {
        "pm25": ((2024, 40, 41.5), (2025, 38, 37.9), (2026, 36, None)),
        "good_air_days": ((2024, 66, 64.1), (2025, 68, 69.3), (2026, 70, None)),
        "waste_harmless": ((2025, 100, 100), (2026, 100, None)),
    },
}
_LENDERS = [
    {"name": "示例银行", "amount": "20000", "rate": 0.031, "tenor_years": 15},
    {"name": "示例开发银行", "amount": "8800", "rate": 0.028, "tenor_years": 20},
]
_SHARES = (("20000", "示例银行"), ("4800", "示例开发银行"), (None, None))
"""Of the sewage plant, the roofs and the river, in this order; the river borrows nothing."""
_GOALS = [
    {"indicator": "pm25", "unit": "μg/m³", "base_year": 2024, "base": 27.4, "target_year": 2027, "target": 25.0},
    {
        "indicator": "sewage_collected",
        "unit": "%",
        "base_year": 2025,
        "base": 76.5,
        "target_year": 2027,
        "target": 82.0,
    },
]
_TASKS = [
    {"number": "1", "name": "城市低碳转型", "dimension": "green_low_carbon", "responsible": "市发展改革委"},
    {"number": "1.1", "name": "既有建筑节能改造", "parent": "1", "national_task": "building_efficiency"},
    {"number": "2", "name": "水环境提升", "dimension": "good_environment", "responsible": "市生态环境局"},
    {"number": "2.1", "name": "污水管网全覆盖样板区", "parent": "2", "national_task": "sewer_coverage"},
    {"number": "2.2", "name": "美丽河湖", "parent": "2", "national_task": "beautiful_river_lake"},
    {"number": "3", "name": "社区公园与口袋公园", "dimension": "ecological_livable", "national_task": "community_park"},
    {"number": "4", "name": "备用水源", "dimension": "safe_healthy", "national_task": "drinking_water"},
    {"number": "5", "name": "数据平台与智能中枢", "dimension": "smart_efficient", "national_task": "data_platform"},
]


_QUOTAS = (
    StatedQuota("east", "", 10, 18),
    StatedQuota("central", "", 8, 14),
    StatedQuota("west", "", 8, 14),
    StatedQuota("northeast", "", 3, 6),
    StatedQuota("", "mega", None, 6),
)
_SOURCE_OF_PEOPLE = "示例数据，非统计公报"
_NOMINATIONS = (
    (CITY_LOGIN, 98.0, "示例：污水管网全覆盖样板区基本建成，拟以太湖南岸美丽河湖带动全域提升。"),
    ("jinan", 560.0, "示例：特大城市泉水保护与减污降碳协同，拟率先形成突破。"),
)


def load_programme(session: Session, codes: Sequence[str]) -> None:
    """Load the programme of the sample cities in the caller's transaction; `codes` are projects of the first one."""
    ministry, city = actor_by_login(session, "ministry"), actor_by_login(session, CITY_LOGIN)
    for zone, place in _MEMBERS:
        note_membership(
            session,
            ministry,
            zone=zone,
            division_code=place,
            starts_on=date(2025, 1, 1),
            source=_SOURCE,
            is_demo=True,
        )
    for login, series in _VALUES.items():
        values = [
            Stated(indicator, year, _UNITS.get(indicator, "%"), {"target": target, "actual": actual})
            for indicator, years in series.items()
            for year, target, actual in years
        ]
        state_values(session, actor_by_login(session, login), values, today=_DAY, is_demo=True)
    document = {
        "start_year": 2025,
        "end_year": 2027,
        "aims": "示例：到 2027 年突出生态环境问题得到有效解决。",
        "goals": _GOALS,
        "tasks": _TASKS,
        "measures": [{"name": "供排水一体化改革", "responsible": "市住房城乡建设局", "finish": "2026-12", "task": "2"}],
        "projects": [{"code": code, **({"task": "2.1"} if place == 0 else {})} for place, code in enumerate(codes)],
    }
    plan = CityPlanDocument.model_validate(document)
    begin_city_plan(session, city, title="湖州市美丽城市建设实施方案（示例）", document=plan, is_demo=True)
    _load_facility(session, city, codes)
    for year in (2025, 2026):
        opens, closes = date(year, 1, 1), date(year + 2, 12, 31)
        open_round(session, ministry, year=year, opens_on=opens, closes_on=closes, is_demo=True)
    begin_self_evaluation(session, city, year=2025, today=_DAY, is_demo=True)
    _load_selection(session)


def _load_selection(session: Session) -> None:
    """Load a round of selection that is open, with one nomination recommended and one that waits for its province."""
    ministry = actor_by_login(session, "ministry")
    held = open_selection(
        session,
        ministry,
        title="美丽城市先行区遴选（示例批次）",
        opens_on=date(2026, 10, 1),
        closes_on=date(2027, 6, 30),
        quotas=_QUOTAS,
        is_demo=True,
    )
    for login, people, statement in _NOMINATIONS:
        actor = actor_by_login(session, login)
        number = save_nomination(
            session,
            actor,
            held.id,
            statement=statement,
            today=_DAY,
            urban_population_10k=people,
            population_source=_SOURCE_OF_PEOPLE,
            is_demo=True,
        )
        submit_nomination(session, actor, number, expected_version=1, today=_DAY)
        if login == CITY_LOGIN:
            province = actor_by_login(session, "zhejiang")
            opinion = "示例：基础较好，同意推荐"
            give_provincial_opinion(session, province, number, is_recommended=True, opinion=opinion, expected_version=2)


def _load_facility(session: Session, city: Actor, codes: Sequence[str]) -> None:
    """Begin a regional programme over the projects of the city that can be priced, which are assessed for it."""
    shares = list(zip(codes, _SHARES, strict=False))
    for code, _ in shares:
        assess_project(session, city, code, as_of=_DAY)
    document = {
        "start_year": 2027,
        "end_year": 2046,
        "facility_amount": "28800",
        "is_surplus_carried": True,
        "aims": "示例：以污水厂网和光伏的收益，统筹支持河道生态修复的长期养护。",
        "cross_subsidy": "示例：收益项目当年盈余先补公益项目缺口，结余滚存。",
        "lenders": _LENDERS,
        "allocations": [
            {"code": code, "amount": amount or "0", **({"lender": lender} if lender else {})}
            for code, (amount, lender) in shares
        ],
        "movements": [{"lender": "示例银行", "year": 2027, "kind": "drawn", "amount": "9000"}],
    }
    programme = RegionalProgrammeDocument.model_validate(document)
    title = "湖州市区域性环保建设项目金融支持方案（示例）"
    begin_regional_programme(session, city, title=title, document=programme, is_demo=True)
