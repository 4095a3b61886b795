"""Section 合规与入库条件: facts that only rules ask for."""

from sqlmodel import SQLModel

SECTION = "compliance"


class ComplianceFields(SQLModel):
    """合规与入库条件."""
