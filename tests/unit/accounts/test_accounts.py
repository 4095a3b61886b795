from datetime import UTC, datetime

from sqlalchemy import Engine
from sqlmodel import select

from conftest import PASSWORD, People
from registry.accounts.model import ApiToken, UserAccount
from registry.accounts.operations import OPERATOR_LOGIN, _hasher, check_password, ensure_operator, issue_token
from registry.accounts.queries import token_digest
from registry.database import reading, writing

REAL_HASHER = _hasher
"""Taken at import, before the cheap one of the tests stands in for it."""


class TestPasswords:
    def test_open_the_account_they_belong_to_alone(self, engine: Engine, people: People) -> None:
        with reading(engine) as session:
            user = check_password(session, login="city", password=PASSWORD)
            assert user is not None
            assert user.id == people.city.user_id
            assert check_password(session, login="city", password=PASSWORD + "x") is None
            assert check_password(session, login="nobody", password=PASSWORD) is None

    def test_do_not_open_a_closed_account(self, engine: Engine, people: People) -> None:
        with writing(engine) as session:
            user = session.exec(select(UserAccount).where(UserAccount.login == "city")).one()
            user.is_active = False
            session.add(user)
        with reading(engine) as session:
            assert check_password(session, login="city", password=PASSWORD) is None

    def test_do_not_open_the_operators_account(self, engine: Engine) -> None:
        with writing(engine) as session:
            first = ensure_operator(session)
            assert ensure_operator(session) == first
            assert check_password(session, login=OPERATOR_LOGIN, password="") is None


class TestTokens:
    def test_are_kept_as_a_digest_that_expires(self, engine: Engine, people: People) -> None:
        assert people.city.user_id is not None
        with writing(engine) as session:
            secret = issue_token(session, user_id=people.city.user_id, name="脚本")
        with reading(engine) as session:
            token = session.exec(select(ApiToken)).one()
        assert secret not in token.model_dump_json()
        assert token.secret_sha256 == token_digest(secret)
        assert 364 <= (token.expires_at - datetime.now(UTC)).days <= 365


def test_a_kept_password_costs_a_guesser_memory_and_time() -> None:
    kind, version, cost = REAL_HASHER().hash("correct horse 42").split("$")[1:4]
    memory, passes, _ = (int(part.partition("=")[2]) for part in cost.split(","))
    assert (kind, version) == ("argon2id", "v=19")
    assert memory >= 19 * 1024
    assert passes >= 2
