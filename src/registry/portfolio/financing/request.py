"""From offers and wishes to the program's request: a wish wins over its default; one in vain is said, not dropped."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import UNSET

from registry.errors import Finding, InvalidInput
from registry.portfolio.financing.model import FLOORS, FiscalView, MixWishes, Offer, Offers, SourceWish, given
from registry.portfolio.sources import MixRequest, Source
from registry.projects.financials import FinancialCase
from registry.projects.lines import FISCAL_SOURCES
from registry.quantities import LARGEST_CNY_10K

_PLAIN = (
    "cap", "least", "rate", "total_share_cap", "capital_share_cap", "method", "first_repayment_year",
    "repayment_years", "budget", "yearly_caps",
)  # fmt: skip


def request_of(case: FinancialCase, offers: Offers, wishes: MixWishes) -> tuple[MixRequest, list[Finding]]:
    """Return the request, and what was wished in vain. Raises InvalidInput for a source nobody knows."""
    wished = {wish.source: wish for wish in wishes.sources}
    flaws = [*_unknown(wishes, [offer.source.key for offer in offers.sources]), *_too_large(wishes)]
    if flaws:
        raise InvalidInput.of(flaws)
    pairs = [(offer, wished.get(offer.source.key)) for offer in offers.sources]
    used = [(offer, wish) for offer, wish in pairs if given(wish.is_used if wish else UNSET, offer.is_used)]
    remarks = [*_in_vain([pair for pair in pairs if pair not in used])]
    sources = tuple(_weighed(_wished(offer.source, wish), wishes.fiscal_view) for offer, wish in used)
    floors = {name: given(getattr(wishes, name), offers.floors[name].value) for name in FLOORS}
    return MixRequest(case, sources, budgets=wishes.budgets, objective=wishes.objective, **floors), remarks


def _unknown(wishes: MixWishes, known: Sequence[str]) -> Iterator[Finding]:
    names = [wish.source for wish in wishes.sources]
    for name in sorted(set(names)):
        path = f"sources[{name}]"
        if name not in known:
            zh, en = (
                f"没有资金来源 {name}；可用：{'、'.join(known)}",
                f"There is no source {name}; known: {', '.join(known)}",
            )
            yield Finding(path, "unknown-source", zh, en, name)
        if names.count(name) > 1:
            yield Finding(path, "repeated-source", f"资金来源 {name} 出现多次", f"Source {name} is there twice", name)


def _too_large(wishes: MixWishes) -> Iterator[Finding]:
    for wish in wishes.sources:
        for name in ("cap", "least"):
            amount = getattr(wish, name)
            if isinstance(amount, Decimal) and amount.is_finite() and amount > LARGEST_CNY_10K:
                zh, en = "金额超过 100 万亿元，请核对单位（万元）", "is above 100 万亿元; check the unit (万元)"
                yield Finding(f"sources[{wish.source}].{name}", "amount-too-large", zh, en, str(amount))


def _in_vain(unused: Sequence[tuple[Offer, SourceWish | None]]) -> Iterator[Finding]:
    """Yield a remark for each wish about a source that is not drawn on."""
    for offer, wish in unused:
        asked = [name for name in msgspec.structs.asdict(wish) if getattr(wish, name) is not UNSET] if wish else []
        if set(asked) - {"source", "is_used"}:
            source = offer.source
            yield Finding(
                f"sources[{source.key}]",
                "unused-source",
                f"“{source.zh}”未被采用，对它的设定不起作用；如要采用请设 is_used",
                f"'{source.en}' is not drawn on, so what was set for it has no effect; set is_used to draw on it",
                source.key,
                "warning",
            )


def _wished(source: Source, wish: SourceWish | None) -> Source:
    if wish is None:
        return source
    changes: dict[str, Any] = {name: getattr(wish, name) for name in _PLAIN if getattr(wish, name) is not UNSET}
    return replace(source, **changes)


def _weighed(source: Source, view: FiscalView) -> Source:
    """Return the source with the fiscal cost of its money: a city counts its own, a ministry that of every level."""
    counted = FISCAL_SOURCES if view == "all" else ("city",)
    return replace(source, fiscal_weight=1.0 if source.key in counted else 0.0)
