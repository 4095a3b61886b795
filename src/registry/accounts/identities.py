"""Who is who at the identity provider 统一身份认证: its `sub` belongs to one account here, or to none."""

from collections.abc import Iterator

from sqlmodel import Session, col, select

from registry import audit
from registry.accounts.model import Actor, UserAccount
from registry.accounts.operations import managed_user
from registry.errors import Finding, InvalidInput


def link_identity(session: Session, actor: Actor, login: str, subject: str) -> None:
    """Let the person whom the identity provider calls `subject` sign in as this account.

    Raises NotFound, and InvalidInput for a sample account or a `subject` that is another account's.
    """
    user = managed_user(session, actor, login)
    if flaws := list(_flaws(session, user, subject)):
        raise InvalidInput.of(flaws)
    user.oidc_subject = subject
    session.add(user)
    audit.record(session, actor_id=actor.user_id, action="user.link", subject=f"user:{user.id}")


def _flaws(session: Session, user: UserAccount, subject: str) -> Iterator[Finding]:
    if user.is_sample:
        zh, en = (
            "示例账户不能经统一身份登录，请先新增本人账户",
            "Sample accounts take no identity; add the person first",
        )
        yield Finding("login", "sample-account", zh, en, user.login)
    if not subject.strip():
        yield Finding("subject", "missing", "统一身份标识不能为空", "The identity must not be empty")
    holder = select(UserAccount.login).where(col(UserAccount.oidc_subject) == subject, col(UserAccount.id) != user.id)
    if (other := session.exec(holder).one_or_none()) is not None:
        zh = f"此统一身份已关联用户 {other}，一个身份只对应一个账户"
        yield Finding("subject", "taken", zh, f"This identity is linked to {other}; it belongs to one account", subject)
