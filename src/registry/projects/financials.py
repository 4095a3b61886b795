"""Inputs of the financial evaluation 财务测算输入."""

from pydantic import BaseModel, ConfigDict


class FinancialCase(BaseModel):
    """Inputs of one evaluation."""

    model_config = ConfigDict(extra="allow")
