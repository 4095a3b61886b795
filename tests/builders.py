"""Valid things, so that a test names only what matters to it."""

from typing import Any

from registry.projects.model import Dossier


def dossier(**changes: Any) -> Dossier:
    """Return a small valid dossier with these changes."""
    values: dict[str, Any] = {
        "name": "湖州市吴兴区污水处理厂扩建工程",
        "city_code": "330502",
        "total_investment": "12345.67",
        "project_capital": "3000",
        "funding_lines": [
            {"source": "city", "year": 2026, "amount": "3000", "status": "secured", "evidence": "预算批复"},
            {"source": "special_bond", "year": 2026, "amount": "5000", "status": "planned"},
        ],
    }
    return Dossier.model_validate({**values, **changes})
