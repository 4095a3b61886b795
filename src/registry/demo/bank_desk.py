"""What the sample bank has on its desk when the demo opens: its own credit policy and a kept search 示例数据."""

from pathlib import Path

from sqlmodel import Session

from registry.accounts.model import Actor
from registry.assessments.private_packs import keep_private_pack, own_packs
from registry.assessments.prospects.filters import read_prospect_filter
from registry.assessments.prospects.operations import save_search
from registry.assessments.prospects.queries import saved_searches

POLICY = Path(__file__).parent / "credit_policy"
SEARCH = "偿债备付率 1.2 以上（示例）"


def add_bank_desk(session: Session, bank: Actor) -> None:
    """Give a bank the sample policy and the sample search, once. Raises NotAllowed for anybody but a bank."""
    if not own_packs(session, bank):
        texts = {
            path.relative_to(POLICY).as_posix(): path.read_text(encoding="utf-8")
            for path in sorted(POLICY.rglob("*"))
            if path.is_file()
        }
        keep_private_pack(session, bank, texts)
    if not saved_searches(session, bank):
        save_search(session, bank, name=SEARCH, wanted=read_prospect_filter({"dscr_min": "1.2"}.get))
