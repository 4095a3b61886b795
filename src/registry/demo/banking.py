"""What banks do with the projects released to them: interest, questions, loan decisions.

About every tenth project released to a bank gets a loan. Together with how few are released and borrow at all this
leaves a few of a hundred climate projects financed by a bank: of nearly 2,000 in the pilots 108 were.
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from registry.demo import words
from registry.demo.dice import Dice
from registry.demo.happenings import Happening, Interest, Loan, Question, Release
from registry.demo.moments import LAST_MOMENT, between
from registry.projects.banks.model import LOAN_SOURCES
from registry.projects.model import Dossier

_STAGES = ("interested", "interested", "shortlisted", "dropped")


def bank_happenings(dice: Dice, dossier: Dossier, banks: tuple[str, ...], *, after: datetime) -> Iterator[Happening]:
    """Yield what the banks do that the project is released to, in the order of the banks; one of them lends at most."""
    is_lent = False
    for bank in banks:
        release = Release(at=between(dice, after, LAST_MOMENT, within=120), by="city", bank=bank)
        yield release
        if not dice.chance(0.6):
            continue
        stage = dice.pick(_STAGES)
        at = between(dice, release.at, LAST_MOMENT, within=90)
        yield Interest(at=at, by=bank, stage=stage, note=dice.pick(words.INTEREST_NOTES[stage]))
        if dice.chance(0.35):
            yield _question(dice, bank, at)
        if stage != "dropped" and not is_lent and dice.chance(0.75):
            loan = _loan(dice, dossier, bank, at)
            if loan is not None:
                is_lent = loan.is_approved
                yield loan


def _question(dice: Dice, bank: str, after: datetime) -> Question:
    question, answer = dice.pick(words.QUESTIONS)
    at = between(dice, after, LAST_MOMENT, within=40)
    if not dice.chance(0.7):
        return Question(at=at, by=bank, question=question)
    return Question(
        at=at, by=bank, question=question, answer=answer, answered_at=between(dice, at, LAST_MOMENT, within=20)
    )


def _loan(dice: Dice, dossier: Dossier, bank: str, after: datetime) -> Loan | None:
    """Return a decision on what the dossier plans to borrow, None where it borrows nothing from a bank."""
    planned = [line for line in dossier.funding_lines if line.source in LOAN_SOURCES and line.amount]
    if not planned:
        return None
    source = planned[0].source
    wanted = sum((line.amount or Decimal(0) for line in planned if line.source == source), Decimal(0))
    at = between(dice, after, LAST_MOMENT, within=100)
    if not dice.chance(0.7):
        return Loan(at=at, by=bank, source=source, is_approved=False, conditions=dice.pick(words.REFUSALS))
    amount = max(Decimal(1), Decimal(int(wanted * Decimal(str(round(dice.uniform(0.6, 1.0), 2))))))
    return Loan(
        at=at,
        by=bank,
        source=source,
        is_approved=True,
        amount=amount,
        rate=round(dice.uniform(0.027, 0.041), 4),
        term_years=float(dice.integer(10, 25)),
        conditions=dice.pick(words.CONDITIONS),
        accepted_at=between(dice, at, LAST_MOMENT, within=20) if dice.chance(0.8) else None,
    )
