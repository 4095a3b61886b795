"""Answers to what rules ask, as often yes as such projects plausibly say yes, and left open as often as people do."""

from collections.abc import Mapping
from typing import Any

from registry.demo.dice import Dice
from registry.demo.kinds import Kind
from registry.demo.money import THIS_YEAR, MoneyPlan
from registry.demo.names import Implementer
from registry.demo.places import City, County
from registry.projects.fields.beautiful_city import DIMENSIONS, TASKS
from registry.projects.fields.climate import STATE_NEW_AREAS
from registry.projects.fields.documents import CHECKLIST

Facts = dict[str, Any]

_ANY: Mapping[str, float] = {
    "has_city_plan": 0.85,
    "is_in_city_plan": 0.65,
    "has_city_financing_plan": 0.6,
    "is_in_city_financing_plan": 0.45,
    "is_county_unit_allowed": 0.7,
    "is_polluted_land": 0.05,
    "has_recurrent_spending": 0.06,
    "has_hidden_debt": 0.02,
    "has_other_central_funding": 0.06,
    "has_component_in_two_libraries": 0.03,
    "has_environment_plan_link": 0.85,
    "is_on_dishonesty_list": 0.01,
    "is_environmental_credit_lowest": 0.02,
    "has_unresolved_environmental_breach": 0.03,
    "has_provincial_recommendation": 0.5,
    "is_content_changed_after_entry": 0.06,
    "is_in_annual_budget": 0.5,
    "has_implementation_plan": 0.75,
    "has_land_transfer_income": 0.07,
    "has_ministry_authorisation_claim": 0.01,
    "is_implementer_registered_in_china": 0.995,
    "has_inspection_case": 0.03,
    "has_major_environmental_accident": 0.01,
    "is_capital_relief_claimed": 0.05,
    "has_debt_in_capital": 0.05,
    "has_capital_withdrawal": 0.02,
    "is_separate_legal_entity": 0.9,
    "has_capital_account": 0.75,
    "is_capital_stated_in_approval": 0.8,
    "has_debt_like_terms": 0.04,
    "has_green_catalogue_code": 0.6,
    "has_benefit_method": 0.6,
    "has_benefit_baseline": 0.55,
    "has_benefit_boundary": 0.45,
    "has_monitoring_plan": 0.5,
    "has_third_party_verification": 0.15,
    "has_expert_review": 0.3,
    "has_treatment_component": 0.85,
    "has_industry_link": 0.3,
    "has_ccer_methodology": 0.4,
    "is_ccer_registered": 0.15,
    "is_pollution_right_confirmed": 0.2,
    "has_compensation_agreement": 0.3,
    "has_ecological_product_buyer": 0.1,
    "has_transition_plan": 0.1,
}
"""How often a project of any kind says yes."""

_BOND: Mapping[str, float] = {
    "has_bond_repayment_arrangement": 0.7,
    "has_bond_plan": 0.9,
    "has_bond_financial_report": 0.85,
    "has_bond_legal_opinion": 0.85,
}
_LOAN: Mapping[str, float] = {
    "has_head_office_approval": 0.3,
    "is_project_finance": 0.6,
    "is_project_company": 0.5,
    "has_income_account": 0.7,
    "is_repaid_in_instalments": 0.95,
    "has_government_guarantee": 0.03,
    "is_loan_approved": 0.3,
}
_FUND: Mapping[str, float] = {
    "is_competitive_allocation": 0.2,
    "is_competition_selected": 0.5,
    "has_received_central_funds": 0.25,
    "has_equipment_list": 0.7,
    "has_reduction_targets": 0.8,
    "has_soil_survey": 0.75,
    "is_on_contaminated_site_list": 0.6,
    "is_ecological_reuse_considered": 0.6,
    "is_rural_fund_merged": 0.15,
}
_CHECKLIST_CODES = tuple(CHECKLIST)
_LIBRARIES = ("not_applied", "under_review", "in_library", "implemented", "expired")


def draw_completeness(dice: Dice) -> float:
    """Return how likely this author is to answer a question: a quarter are thorough, a quarter leave most open."""
    mood = dice.uniform()
    return 0.98 if mood < 0.25 else 0.85 if mood < 0.75 else 0.45  # noqa: PLR2004 - see the docstring


def draw_facts(
    dice: Dice, kind: Kind, plan: MoneyPlan, implementer: Implementer, city: City, county: County | None
) -> Facts:
    """Return every answer this project could give; which of them its author gave is decided later."""
    answers = _yes_and_no(dice, kind, plan)
    found: Facts = {**answers, **_standing(dice, kind, implementer), **_lending(dice, plan), **kind.facts}
    found["transition_finance_sector"] = "local_catalogue" if dice.chance(0.03) else "none"
    found |= _library_dates(dice, found) | _climate(dice, kind, plan, city)
    if county is None:
        found.pop("is_county_unit_allowed", None)
    if kind.facts.get("implementation_mode") == "eod":
        found |= {"has_industry_link": dice.chance(0.85), "province_eod_entries": dice.integer(0, 7)}
    return found


def _yes_and_no(dice: Dice, kind: Kind, plan: MoneyPlan) -> Facts:
    chances = dict(_ANY)
    if plan.of("special_bond"):
        chances |= _BOND
    if plan.of("policy_bank_loan", "commercial_loan"):
        chances |= _LOAN
    if kind.facts.get("central_fund", "none") != "none":
        chances |= _FUND
    return {name: dice.chance(probability) for name, probability in chances.items()}


def _standing(dice: Dice, kind: Kind, implementer: Implementer) -> Facts:
    earns = kind.shape != "upkeep"
    is_private = implementer.type == "private_enterprise"
    # Some authors file a project under a task or dimension that is not its own.
    is_misfiled = dice.chance(0.04)
    return {
        "beautiful_city_task": dice.pick(tuple(TASKS)) if is_misfiled else kind.task,
        "beautiful_city_dimension": dice.pick(tuple(DIMENSIONS)) if is_misfiled else kind.dimension,
        "project_nature": "operating" if is_private else "quasi_public" if earns else "public_benefit",
        "investment_type": "enterprise" if earns and dice.chance(0.6) else "government",
        "implementation_mode": "market_other" if earns else "government_funded",
        "implementer_type": implementer.type,
        "implementer_established_date": _day(dice, 1998, 2025),
        "landscape_cost_ratio": round(dice.uniform(0.0, 0.06), 3),
        "liable_party": dice.pick(("none", "none", "government_land", "unknown", "able")),
        "planned_application_date": _day(dice, THIS_YEAR + 1, THIS_YEAR + 1),
        "central_fund": "none",
        "capital_sector": "other_infrastructure",
    }


def _day(dice: Dice, first_year: int, last_year: int) -> str:
    return f"{dice.integer(first_year, last_year)}-{dice.integer(1, 12):02d}-{dice.integer(1, 28):02d}"


def _lending(dice: Dice, plan: MoneyPlan) -> Facts:
    found: Facts = {"project_life_years": plan.run_years, "equity_instrument_ratio": 0}
    if plan.of("special_bond"):
        found["province_bond_capital_ratio"] = round(dice.uniform(0.05, 0.3), 2)
    if plan.of("policy_bank_loan", "commercial_loan"):
        paid = round(dice.uniform(0, 1), 2) if plan.start_year <= THIS_YEAR else 0
        found |= {
            "borrower_type": "enterprise_legal_person",
            "loan_use": dice.pick(("construction", "construction", "renovation")),
            "capital_paid_in_ratio": paid,
            "loan_drawn_ratio": round(max(0.0, min(1.0, paid + dice.uniform(-0.3, 0.1))), 2) if paid else 0,
        }
    return found


def _library_dates(dice: Dice, facts: Facts) -> Facts:
    found: Facts = {
        "cef_status": dice.pick(_LIBRARIES[:3]) if facts.get("central_fund", "none") != "none" else "not_applied",
        "gfl_status": dice.pick(_LIBRARIES) if facts["gfl_field"] != "none" and dice.chance(0.4) else "not_applied",
        "cif_status": "not_applied" if dice.chance(0.9) else dice.pick(_LIBRARIES),
    }
    day = _day(dice, THIS_YEAR - 4, THIS_YEAR - 1)
    if found["cef_status"] == "in_library":
        found["cef_entry_date"] = day
    if facts.get("has_received_central_funds"):
        found["central_funds_received_date"] = day
        found["central_funds_filing_date"] = f"{day[:4]}-{min(int(day[5:7]) + dice.integer(0, 2), 12):02d}-28"
    if facts.get("is_loan_approved"):
        found["loan_approval_date"] = day
    if facts.get("is_content_changed_after_entry"):
        found["has_change_approval"] = dice.chance(0.6)
    if facts.get("central_fund") == "air":
        found["boiler_capacity_tph"] = dice.pick((10, 20, 35, 65, 90))
    return found


def _climate(dice: Dice, kind: Kind, plan: MoneyPlan, city: City) -> Facts:
    found: Facts = {"state_new_area": dice.pick(tuple(STATE_NEW_AREAS)) if dice.chance(0.02) else "none"}
    effect = kind.facts.get("climate_effect", "none")
    if effect == "mitigation":
        per_wan = 1.5 if kind.shape == "solar" else 0.15
        found["emission_reduction_tco2e"] = round(float(plan.total) * per_wan * dice.uniform(0.6, 1.4))
    elif effect == "adaptation":
        found["has_adaptation_benefit"] = dice.chance(0.6)
    if city.code == "440300":
        found["shenzhen_climate_field"] = kind.facts.get("shenzhen_climate_field", "waste_wastewater")
    if kind.facts.get("central_fund") == "air":
        found["pollution_control_investment"] = plan.total
    return found


def draw_documents(dice: Dice, completeness: float) -> list[Facts]:
    """Return which papers of the checklist there are; a careless author lists few of them."""
    progress = dice.uniform(0.3, 0.95)
    return [
        {"checklist_code": code, "is_available": dice.chance(progress)}
        for code in _CHECKLIST_CODES
        if dice.chance(completeness)
    ]
