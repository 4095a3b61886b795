"""Printed place names to a division code, only where they leave no doubt."""

from collections import defaultdict
from collections.abc import Mapping
from functools import cache, lru_cache

from registry.intake.folding import folded
from registry.projects.codes import division_names

_SUFFIXES = ("壮族自治区", "回族自治区", "维吾尔自治区", "自治区", "特别行政区", "省", "市", "地区", "盟")
_MUNICIPALITIES = ("11", "12", "31", "50")


@cache
def _by_name() -> Mapping[str, tuple[str, ...]]:
    """Return the codes that carry a name, written in full or without its ending."""
    found: dict[str, set[str]] = defaultdict(set)
    for code, name in division_names().items():
        full = folded(name)
        found[full].add(code)
        for suffix in _SUFFIXES:
            if full.endswith(suffix) and len(full) > len(suffix) + 1:
                found[full.removesuffix(suffix)].add(code)
                break
    return {name: tuple(sorted(codes)) for name, codes in found.items()}


@lru_cache(maxsize=20_000)
def resolve_city(province: str | None, city: str | None) -> str | None:
    """Return the GB/T 2260 code of a printed city, None when masked, unknown or not the only one of its name."""
    if province and folded(province) in _by_name():
        provinces = [code for code in _by_name()[folded(province)] if code.endswith("0000")]
    elif province:
        return None
    else:
        provinces = []
    if province and not city:
        return next((code for code in provinces if code[:2] in _MUNICIPALITIES), None)
    cities = [code for code in _by_name().get(folded(city or ""), ()) if _lies_in(code, provinces)]
    prefectures = [code for code in cities if not code.endswith("0000")] or [
        code for code in cities if code[:2] in _MUNICIPALITIES
    ]
    return prefectures[0] if len(prefectures) == 1 else None


def _lies_in(code: str, provinces: list[str]) -> bool:
    return not provinces or code[:2] in {province[:2] for province in provinces}
