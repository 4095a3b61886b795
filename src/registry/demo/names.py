"""Names and codes of the demo nation: every company is marked 示例, every code is valid and fictional."""

from dataclasses import dataclass

from stdnum.cn import uscc

from registry.demo.dice import Dice
from registry.demo.kinds import Kind
from registry.demo.places import City, County

_SITES = (
    "城东",
    "城西",
    "城南",
    "城北",
    "经开区",
    "高新区",
    "老城区",
    "滨江片区",
    "新城片区",
    "工业园区",
    "北部新区",
    "中心城区",
)
_FIRST = "清玉龙凤金银石白青东南沙柳松梅桃杨云泉永安长兴和平万福双高大新"
_SECOND = "溪河江泉塘湾桥坪岭源水川浦洲潭"
_PHASES = ("（一期）", "（二期）", "一期", "二期", "(一期)", "(二期)", "（三期）")
_TRADES = (
    "水务有限公司",
    "环境投资有限公司",
    "城市建设集团有限公司",
    "生态发展有限公司",
    "公用事业有限公司",
    "环保科技有限公司",
)
_SURNAMES = "王李张刘陈杨黄赵周吴徐孙马朱胡郭何林高罗"
_ORGANISATION_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_COMPANIES_PER_CITY = 8


@dataclass(frozen=True, slots=True)
class Implementer:
    """实施主体."""

    name: str
    credit_code: str
    type: str


def place_name(city: City, county: County | None) -> str:
    """Return the place as project names begin with it."""
    return city.name if county is None else f"{city.name}{county.name}"


def draw_project_name(dice: Dice, kind: Kind, city: City, county: County | None) -> str:
    """Return place, site or river, what is done, and for one project of seven its phase."""
    site = dice.pick(_SITES) if dice.chance(0.5) else f"{dice.pick(_FIRST)}{dice.pick(_SECOND)}{dice.pick('镇片乡街')}"
    if site.endswith("片"):
        site += "区"
    elif site.endswith("街"):
        site += "道"
    river = f"{dice.pick(_FIRST)}{dice.pick(_SECOND[:3])}"
    name = dice.pick(kind.names).format(site=site, river=river)
    phase = dice.pick(_PHASES) if dice.chance(0.15) else ""
    prefix = county.name if county and dice.chance(0.35) else place_name(city, county)
    return f"{prefix}{name}{phase}"


def draw_implementer(dice: Dice, seed: int, kind: Kind, city: City) -> Implementer:
    """Return one of the few companies and offices of this city; the same one always has the same code."""
    short = city.name.removesuffix("市")
    if kind.shape == "upkeep" and dice.chance(0.7):
        office = dice.pick(("生态环境局", "水利局", "农业农村局", "流域治理中心"))
        is_department = office.endswith("局")
        name = f"{short}示例{office}"
        code = credit_code("11" if is_department else "12", city.code, seed, len(office) * 100 + ord(office[0]))
        return Implementer(name, code, "government_department" if is_department else "public_institution")
    number = dice.integer(0, _COMPANIES_PER_CITY - 1)
    trade = _TRADES[number % len(_TRADES)]
    second = "" if number < len(_TRADES) else "第二"
    type_ = (
        "private_enterprise" if "科技" in trade else "mixed_enterprise" if "公用" in trade else "state_owned_enterprise"
    )
    return Implementer(f"{short}示例{second}{trade}", credit_code("91", city.code, seed, number), type_)


def credit_code(office: str, division_code: str, seed: int, number: int) -> str:
    """Return a code of 18 characters with a right check character (GB 32100-2015).

    The organisation part starts with DEM0, so that nobody takes it for a real one.
    """
    serial, letters = (int(division_code) * 7919 + number * 104_729 + seed * 31) % 31**5, ""
    for _ in range(5):
        serial, rest = divmod(serial, 31)
        letters += _ORGANISATION_ALPHABET[rest]
    body = f"{office}{division_code}DEM0{letters}"
    return body + str(uscc.calc_check_digit(body))


def approval_code(dice: Dice, city: City, county: County | None, year: int, number: int) -> str:
    """Return an investment project code in its written form (GB/T 40058-2021), unique by the project's number."""
    place = county.code if county else city.code
    return f"{year % 100:02d}{dice.integer(1, 12):02d}-{place}-04-{dice.integer(1, 5):02d}-{number % 1_000_000:06d}"


def draw_person(dice: Dice) -> str:
    """Return a contact."""
    return f"{dice.pick(_SURNAMES)}工（示例）"
