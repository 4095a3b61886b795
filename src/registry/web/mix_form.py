"""Between the address of a mix page and what is wished: every mix is an address, so it can be kept, sent, compared."""

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import parse_qsl, urlencode

import msgspec
from msgspec import UNSET

from registry.errors import Finding, InvalidInput
from registry.portfolio.financing.answers import OBJECTIVE_NAMES
from registry.portfolio.financing.model import FLOORS, MixWishes, Offers, SourceWish
from registry.portfolio.sources import MixRequest, Source
from registry.quantities import money_text

MOST_MIXES = 4
"""Side by side on one page."""
_PERCENT = ("rate", "total_share_cap")
_YEARS = ("first_repayment_year", "repayment_years")


def parameters(query: str) -> dict[str, str]:
    """Return the parameters of one mix: all of an address but the mixes kept beside it."""
    return {name: value for name, value in parse_qsl(query, keep_blank_values=True) if name not in {"keep", "lang"}}


def kept_mixes(query: str) -> list[str]:
    """Return the addresses of the mixes kept for comparison, the first ones of them."""
    return [value for name, value in parse_qsl(query) if name == "keep"][: MOST_MIXES - 1]


def address(given: Mapping[str, str]) -> str:
    """Return the parameters as text."""
    return urlencode(given)


def wishes_of(given: Mapping[str, str], offers: Offers) -> MixWishes:
    """Return what the form wishes; an address without a form wishes nothing. Raises InvalidInput."""
    if "asked" not in given:
        return MixWishes()
    flaws: list[Finding] = []
    asked: dict[str, Any] = {
        "objective": given.get("objective", "fiscal_cost"),
        "fiscal_view": given.get("fiscal_view", "city"),
        "has_frontier": given.get("has_frontier") == "true",
        **{name: _number(given.get(name, ""), name, flaws, 100 if name == "capital_floor" else 1) for name in FLOORS},
    }
    sources = [_source(given, offer.source, flaws) for offer in offers.sources]
    if flaws:
        raise InvalidInput.of(flaws)
    if asked["objective"] not in OBJECTIVE_NAMES or asked["fiscal_view"] not in {"city", "all"}:
        raise InvalidInput.of([Finding("objective", "unknown-objective", "没有这种目标", "There is no such objective")])
    return msgspec.structs.replace(msgspec.convert(asked, MixWishes), sources=sources)


def _source(given: Mapping[str, str], source: Source, flaws: list[Finding]) -> SourceWish:
    key = source.key
    values: dict[str, Any] = {"source": key, "is_used": given.get(f"{key}.is_used") == "true"}
    if f"{key}.cap" in given:
        values["cap"] = _money(given[f"{key}.cap"], f"{key}.cap", flaws)
    for name in (*_PERCENT, *_YEARS):
        text = given.get(f"{key}.{name}")
        if text is None:
            continue
        value = _number(text, f"{key}.{name}", flaws, 100 if name in _PERCENT else 1)
        if name in _YEARS:
            value = None if value is None else int(value)
        if value is not None or name == "total_share_cap":
            values[name] = value
    yearly = dict(_yearly(given, key, flaws))
    return SourceWish(**values, yearly_caps=yearly or UNSET)


def _yearly(given: Mapping[str, str], key: str, flaws: list[Finding]) -> Iterator[tuple[int, Decimal]]:
    for name, text in given.items():
        year = name.removeprefix(f"{key}.year.")
        if name != year and year.isdecimal() and len(year) < 4:  # noqa: PLR2004 - no project builds a thousand years
            amount = _money(text, name, flaws)
            if amount is not None:
                yield int(year), amount


def _money(text: str, path: str, flaws: list[Finding]) -> Decimal | None:
    text = text.replace(",", "").strip()
    if not text:
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        flaws.append(_not_a_number(path, text))
        return None


def _number(text: str, path: str, flaws: list[Finding], whole: int) -> float | None:
    text = text.replace("%", "").strip()
    if not text:
        return None
    try:
        value = float(Decimal(text) / whole)
    except InvalidOperation:
        flaws.append(_not_a_number(path, text))
        return None
    return value


def _not_a_number(path: str, text: str) -> Finding:
    return Finding(path, "not-a-number", "应为数字", "should be a number", text[:40])


def form_of(request: MixRequest, given: Mapping[str, str], offers: Offers) -> dict[str, str]:
    """Return the texts of the form: as given, else what the request was solved with.

    Of an address with a form, a box that is not there was not ticked.
    """
    used = {source.key: source for source in request.sources}
    form = {"objective": request.objective, "fiscal_view": "city"}
    form |= {name: _text(getattr(request, name), 100 if name == "capital_floor" else 1) for name in FLOORS}
    for offer in offers.sources:
        source = used.get(offer.source.key, offer.source)
        form |= {
            f"{source.key}.is_used": "true" if source.key in used and "asked" not in given else "",
            f"{source.key}.cap": "" if source.cap is None else money_text(source.cap),
            **{f"{source.key}.{name}": _text(getattr(source, name), 100) for name in _PERCENT},
            **{f"{source.key}.{name}": _text(getattr(source, name), 1) for name in _YEARS},
        }
    return form | dict(given)


def _text(value: float | None, whole: int) -> str:
    return "" if value is None else money_text(Decimal(repr(float(value))) * whole)
