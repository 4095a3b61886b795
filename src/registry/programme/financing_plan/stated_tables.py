"""The tables of a plan that its authors state: debt, banks, timetable, roles, goals."""

from decimal import Decimal

from registry.portfolio.table import Table, money_column
from registry.programme.financing_plan.columns import choice_column, fen, labels_of, table_of, text_column
from registry.programme.financing_plan.document import INSTRUMENTS, PARTIES, DebtSafety
from registry.programme.financing_plan.queries import Plan

_INSTRUMENTS_EN = {
    "loan": "Project loan",
    "policy_loan": "Policy bank loan",
    "syndicate": "Syndicated loan",
    "bond": "Bond underwriting",
    "equity": "Equity",
    "lease": "Lease",
    "other": "Other",
}
_PARTIES_EN = {
    "city": "City government",
    "platform": "Implementer, platform company",
    "bank": "Bank",
    "investor": "Private investor",
    "other": "Other",
}


def debt_table(plan: Plan) -> Table:
    """Return the debt statement and what follows from it."""
    stated, figures = plan.document.debt_safety or DebtSafety(), plan.figures.debt
    lines: list[tuple[str, str, str, Decimal | None]] = [
        ("own_debt", "政府债务余额", "Government debt", stated.own_debt),
        ("debt_limit", "政府债务限额", "Debt limit", stated.debt_limit),
        ("room", "限额余量", "Room under the limit", figures.room),
        ("planned_bonds", "方案拟发行专项债券", "Special bonds the plan counts on", figures.planned_bonds),
        ("hidden_debt", "隐性债务余额", "Hidden debt", stated.hidden_debt),
        ("general_revenue", "一般公共预算收入（年）", "General budget revenue a year", stated.general_revenue),
        ("fund_revenue", "政府性基金收入（年）", "Government fund revenue a year", stated.fund_revenue),
        ("debt_service", "政府债务还本付息（年）", "Debt service a year", stated.debt_service),
    ]
    words = {name: (zh, en) for name, zh, en, _ in lines}
    columns = (choice_column("item", "项目", "Item", words), money_column("amount_fen", "金额", "Amount"))
    rows = [{"item": name, "amount_fen": fen(amount)} for name, _, _, amount in lines]
    return table_of("debt", "债务安全", "Debt safety", columns, rows)


def banks_table(plan: Plan) -> Table:
    """金融机构对接, as stated."""
    columns = (
        text_column("bank", "金融机构", "Bank"),
        text_column("code", "项目编号", "Project"),
        choice_column("instrument", "融资方式", "Instrument", labels_of(INSTRUMENTS, _INSTRUMENTS_EN)),
        money_column("amount_fen", "拟融资额", "Amount"),
        text_column("month", "计划时间", "When"),
    )
    rows = [
        {"bank": e.bank, "code": e.code, "instrument": e.instrument, "amount_fen": fen(e.amount), "month": e.month}
        for e in plan.document.bank_matches
    ]
    return table_of("banks", "金融机构对接", "Bank matching", columns, rows)


def timetable_table(plan: Plan) -> Table:
    """进度安排, in order of time; what has none comes last."""
    columns = (
        text_column("when", "时间", "When"),
        text_column("what", "事项", "What"),
        text_column("who", "责任单位", "Who"),
    )
    steps = sorted(plan.document.timetable, key=lambda each: (each.when is None, each.when or ""))
    rows = [{"when": each.when, "what": each.what, "who": each.who} for each in steps]
    return table_of("timetable", "进度安排", "Timetable", columns, rows)


def roles_table(plan: Plan) -> Table:
    """职责分工, as stated."""
    columns = (
        choice_column("party", "主体", "Party", labels_of(PARTIES, _PARTIES_EN)),
        text_column("name", "单位名称", "Name"),
        text_column("duty", "职责", "Duty"),
    )
    rows = [{"party": each.party, "name": each.name, "duty": each.duty} for each in plan.document.roles]
    return table_of("roles", "职责分工", "Roles", columns, rows)


def goals_table(plan: Plan) -> Table:
    """绩效目标, as stated."""
    columns = (
        text_column("indicator", "绩效指标", "Indicator"),
        text_column("target", "目标值", "Target"),
        text_column("unit", "单位", "Unit"),
    )
    rows = [
        {"indicator": each.indicator, "target": each.target, "unit": each.unit}
        for each in plan.document.performance_goals
    ]
    return table_of("goals", "绩效目标", "Performance goals", columns, rows)
