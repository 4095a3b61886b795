"""Fill the public display of a demo: released projects, model cases, comments. All of it invented and marked so.

Harmless when repeated. Every step is taken by whoever takes it in the registry: city, province, ministry, the public.
"""

from datetime import date

from sqlalchemy import Engine, select
from sqlmodel import Session, col

from registry.accounts.model import Actor
from registry.database import reading, writing
from registry.demo.history_loading import READER, import_key
from registry.demo.nation import make_nation
from registry.demo.offices import Offices, add_offices
from registry.demo.pictures import picture
from registry.demo.places import City, cities
from registry.programme.cases.model import KINDS, ModelCase
from registry.programme.cases.operations import create_case, move_case, read_case
from registry.programme.cases.pictures import add_picture
from registry.programme.display.choosing import SUGGESTED
from registry.programme.display.commenting import decide_comment, write_comment
from registry.programme.display.model import PublicComment
from registry.programme.display.operations import display_project
from registry.projects.documents.operations import list_documents
from registry.projects.documents.store import Store
from registry.projects.model import Project
from registry.projects.queries import visible_projects

SHOWN_OF = 240
"""Of the first projects every sixth is shown."""
_EVERY = 6
_CASES = 24
_NAMES = {
    "community": ("低碳社区", "老旧小区改造增绿，屋顶装光伏，设雨水花园和垃圾分类驿站，居民共议共管。"),
    "park": ("生态工业园", "园内余热互供、中水回用，建成分布式光伏和在线监测平台。"),
    "enterprise": ("零碳工厂", "更换高效电机，建设屋顶光伏与储能，定期向公众开放环保设施。"),
    "school": ("绿色学校", "师生共建节水节电课堂，校园雨水回用，开展自然笔记活动。"),
    "street": ("宁静街道", "低噪声路面与慢行系统成网，沿街餐饮油烟集中净化。"),
    "courtyard": ("美丽庭院", "庭院绿化、堆肥和雨水收集由邻里共同维护，形成示范户带动。"),
}
_COMMENTS = (
    ("建议在小区入口增设公示牌，介绍改造前后的变化。", True),
    ("希望每年公布一次减排数据，方便居民了解成效。", True),
    ("请问周末能否参观？", None),
    ("与本案例无关的广告内容。", False),
)


def show_nation(engine: Engine, count: int, seed: int, *, store: Store, today: date) -> int:
    """Put projects and cases of the nation on display and return how many; 0 when there are cases already."""
    with reading(engine) as session:
        if session.execute(select(col(ModelCase.id)).limit(1)).first() is not None:
            return 0
    offices = add_offices(engine)
    with writing(engine) as session:
        codes = _show_projects(session, offices, min(count, SHOWN_OF), seed, today)
    places = [place for place in cities() if (place.code, "city") in offices.desks]
    step = max(1, len(places) // _CASES)
    kinds = list(KINDS)
    for number in range(min(_CASES, len(places))):
        # Every second case is a community, as the plan wants them most.
        kind = "community" if number % 2 == 0 else kinds[1 + (number // 2) % (len(kinds) - 1)]
        place = places[number * step]
        _show_case(engine, offices, place, kind, number, codes.get(place.code), store=store, today=today)
    _comment(engine, offices, today)
    return len(codes) + _CASES


def _show_projects(session: Session, offices: Offices, count: int, seed: int, today: date) -> dict[str, str]:
    wanted = {
        import_key(seed, each.number): each.city_code for each in make_nation(count, seed) if not each.number % _EVERY
    }
    query = visible_projects(READER, col(Project.import_key), col(Project.code)).where(
        col(Project.import_key).in_(list(wanted)), col(Project.name).is_not(None)
    )
    found = {}
    for key, code in session.execute(query.order_by(col(Project.id))).all():
        owner = offices.at(wanted[key], "city")
        papers = list_documents(session, owner, code)[:1]
        display_project(
            session,
            owner,
            code,
            fields=SUGGESTED,
            today=today,
            introduction="示例数据：本页内容由系统编制，用于演示公开展示，不代表任何真实项目。",
            evidence={item.id or 0: "investment" for item, _ in papers},
        )
        found[wanted[key]] = code
    return found


def _show_case(
    engine: Engine,
    offices: Offices,
    place: City,
    kind: str,
    number: int,
    code: str | None,
    *,
    store: Store,
    today: date,
) -> None:
    """Enter a case with two pictures and take it as far as it goes: most are shown, the last few still wait."""
    city = offices.at(place.code, "city")
    title, practice = _NAMES[kind]
    record = {
        "kind": kind,
        "title": f"{place.name}{title}（示例）",
        "city_code": place.code,
        "place": f"{place.name}某{KINDS[kind]}",
        "year": 2022 + number % 4,
        "summary": f"示例数据。{practice}",
        "practice": f"{practice}\n本案例由系统编制，仅供演示。",
        "results": "示例数据：人均用电下降，绿地增加，居民满意度提高。",
        "people_served": 800 + 170 * number,
        "emission_reduction_tco2e": float(120 + 35 * number),
        "figures_source": "示例数据，系统编制",
        "project_code": code,
    }
    with writing(engine) as session:
        fields = read_case({name: value for name, value in record.items() if value is not None})
        saved = create_case(session, city, fields, is_demo=True).id
    for view, caption in enumerate(("示例图：全景", "示例图：局部")):
        content = picture(kind, number * 2 + view)
        add_picture(engine, city, saved, content=content, file_name="picture.png", caption=caption, store=store)
    steps: list[tuple[Actor, str]] = [
        (city, "submit"),
        (offices.at(place.code, "province"), "agree"),
        (offices.at(place.code, "ministry"), "release"),
    ]
    with writing(engine) as session:
        for actor, action in steps[: 3 - max(0, number - _CASES + 4)]:
            version = session.execute(select(col(ModelCase.version)).where(col(ModelCase.id) == saved)).scalar_one()
            move_case(session, actor, saved, action=action, expected_version=version, today=today)


def _comment(engine: Engine, offices: Offices, today: date) -> None:
    with writing(engine) as session:
        query = select(ModelCase).where(col(ModelCase.state) == "released").order_by(col(ModelCase.id))
        for case in session.execute(query.limit(4)).scalars().all():
            for text, decision in _COMMENTS:
                number = write_comment(session, text=text, today=today, case=case.id)
                comment = session.get_one(PublicComment, number)
                comment.is_demo = True
                session.add(comment)
                session.flush()
                if decision is not None:
                    city = offices.at(case.city_code, "city")
                    reason = "" if decision else "与案例无关"
                    decide_comment(session, city, number, publish=decision, reason=reason)
