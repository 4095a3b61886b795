from datetime import UTC, datetime

from sqlalchemy import Engine
from sqlmodel import select

from conftest import PASSWORD, People
from registry.accounts.model import ApiToken, UserAccount
from registry.accounts.operations import OPERATOR_LOGIN, ensure_operator, issue_token, sign_in, token_digest
from registry.database import reading, writing


class TestSigningIn:
    def test_works_with_the_right_password_alone(self, engine: Engine, people: People) -> None:
        with writing(engine) as session:
            assert sign_in(session, login="city", password=PASSWORD) == people.city
            assert sign_in(session, login="city", password=PASSWORD + "x") is None
            assert sign_in(session, login="nobody", password=PASSWORD) is None

    def test_is_refused_to_a_closed_account(self, engine: Engine, people: People) -> None:
        with writing(engine) as session:
            user = session.exec(select(UserAccount).where(UserAccount.login == "city")).one()
            user.is_active = False
            session.add(user)
        with writing(engine) as session:
            assert sign_in(session, login="city", password=PASSWORD) is None

    def test_is_impossible_as_the_operator(self, engine: Engine) -> None:
        with writing(engine) as session:
            first = ensure_operator(session)
            assert ensure_operator(session) == first
            assert sign_in(session, login=OPERATOR_LOGIN, password="") is None


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
