import hashlib
import hmac
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from socketserver import StreamRequestHandler, TCPServer
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import Engine, update
from sqlmodel import col, select

from applications import application_in, enter_project, move
from conftest import People
from registry import audit, jobs
from registry.accounts.model import Actor
from registry.accounts.operations import ensure_operator
from registry.database import reading, writing
from registry.errors import InvalidInput, NotAllowed
from registry.jobs import Job
from registry.projects.duplicates.keys import MATCH
from registry.projects.notices.delivery import PAUSES, handlers, signature
from registry.projects.notices.model import Delivery
from registry.projects.notices.operations import (
    add_webhook,
    mark_read,
    replay,
    set_mail_address,
    switch_webhook,
)
from registry.projects.notices.queries import deliveries, my_notices, webhooks
from registry.settings import settings


class _Receiver(HTTPServer):
    """A system of somebody else: answers as told and remembers what it was sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Calls)
        self.answers: list[int] = []
        self.calls: list[tuple[dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hook"


class _Calls(BaseHTTPRequestHandler):
    server: _Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.calls.append((dict(self.headers), body))
        self.send_response(self.server.answers.pop(0) if self.server.answers else 204)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as in the library
        pass


@contextmanager
def _served(server: Any) -> Iterator[Any]:
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def receiver() -> Iterator[_Receiver]:
    with _served(_Receiver()) as found:
        yield found


def _hook(engine: Engine, people: People, url: str) -> tuple[Actor, str]:
    with writing(engine) as session:
        operator = ensure_operator(session)
        house = people.province.organisation_id or 0
        return operator, add_webhook(session, operator, organisation_id=house, url=url)[1]


def _make_due(engine: Engine) -> None:
    with writing(engine) as session:
        session.execute(update(Job).values(not_before=audit.now() - timedelta(seconds=1)))


class TestInTheRegistry:
    def test_tells_the_next_reviewer_and_the_owner_not_the_mover(self, engine: Engine, people: People) -> None:
        application_in(engine, people, "returned")
        with reading(engine) as session:
            assert [notice.kind for notice in my_notices(session, people.province)] == ["application.submit"]
            (mine,) = my_notices(session, people.city)
            assert "退回补正" in mine.text_zh
            assert "理由：同意" in mine.text_zh
            for actor in (people.ministry, people.other_city, people.bank):
                assert my_notices(session, actor) == []

    def test_is_read_by_each_person_for_themselves(self, engine: Engine, people: People) -> None:
        application_in(engine, people, "submitted")
        with writing(engine) as session:
            (notice,) = my_notices(session, people.province)
            mark_read(session, people.city, [notice.id or 0])
            assert my_notices(session, people.province, only_unread=True) == [notice]
            for _ in range(2):
                mark_read(session, people.province, [notice.id or 0, 999])
            assert my_notices(session, people.province, only_unread=True) == []


class TestAWebhook:
    def test_is_called_with_a_signature_its_receiver_can_check(
        self, engine: Engine, people: People, receiver: _Receiver
    ) -> None:
        _, secret = _hook(engine, people, receiver.url)
        code = enter_project(engine, people.city)
        application_in(engine, people, "submitted", code=code)
        assert receiver.calls == []
        assert jobs.run_next(engine, handlers(engine)) is not None
        ((headers, body),) = receiver.calls
        signed = f"{headers['X-Registry-Timestamp']}.".encode() + body
        expected = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
        assert headers["X-Registry-Signature"] == f"sha256={expected}"
        assert json.loads(body)["project"] == code
        assert json.loads(body)["kind"] == "application.submit"
        assert jobs.run_next(engine, handlers(engine)) is None

    def test_signs_as_published(self) -> None:
        # openssl: printf '1700000000.{}' | openssl dgst -sha256 -hmac secret
        assert (
            signature("secret", 1_700_000_000, b"{}")
            == "b8569b78799ff9e3cbff0fc2d63a33a2b57f3282abd07c37ae5e8e7d79a5f163"
        )

    def test_is_tried_again_after_a_growing_pause(self, engine: Engine, people: People, receiver: _Receiver) -> None:
        receiver.answers = [503, 302]
        _hook(engine, people, receiver.url)
        application_in(engine, people, "submitted")
        for attempt, pause in enumerate(PAUSES[:2], start=1):
            before = audit.now()
            assert jobs.run_next(engine, handlers(engine)) is not None
            assert jobs.run_next(engine, handlers(engine)) is None
            with reading(engine) as session:
                waiting = session.exec(select(Job).where(Job.state == "queued", Job.kind != MATCH)).one()
                assert waiting.not_before is not None
                assert pause <= waiting.not_before - before < pause + timedelta(seconds=30)
                assert session.exec(select(Delivery)).one().attempts == attempt
            _make_due(engine)
        assert jobs.run_next(engine, handlers(engine)) is not None
        with reading(engine) as session:
            delivery = session.exec(select(Delivery)).one()
            assert (delivery.attempts, delivery.last_error, delivery.delivered_at is not None) == (3, None, True)
        assert len(receiver.calls) == 3

    def test_gives_up_and_can_be_replayed(self, engine: Engine, people: People, receiver: _Receiver) -> None:
        receiver.answers = [500] * (len(PAUSES) + 1)
        operator, _ = _hook(engine, people, receiver.url)
        application_in(engine, people, "submitted")
        while jobs.run_next(engine, handlers(engine)) is not None:
            _make_due(engine)
        assert len(receiver.calls) == len(PAUSES) + 1
        with writing(engine) as session:
            (delivery,) = deliveries(session, operator)
            assert (delivery.delivered_at, delivery.last_error) == (None, "HTTP 500 Internal Server Error")
            replay(session, operator, delivery.id or 0)
        jobs.run_next(engine, handlers(engine))
        with reading(engine) as session:
            assert session.exec(select(Delivery)).one().delivered_at is not None
        assert receiver.calls[-1][0]["X-Registry-Delivery"] == str(delivery.id)

    def test_is_tried_in_one_line_however_often_it_is_replayed(
        self, engine: Engine, people: People, receiver: _Receiver
    ) -> None:
        receiver.answers = [500] * 20
        operator, _ = _hook(engine, people, receiver.url)
        application_in(engine, people, "submitted")
        jobs.run_next(engine, handlers(engine))
        with writing(engine) as session:
            (delivery,) = deliveries(session, operator)
            replay(session, operator, delivery.id or 0)
        while jobs.run_next(engine, handlers(engine)) is not None:
            _make_due(engine)
        assert len(receiver.calls) == 1 + len(PAUSES) + 1

    def test_is_not_taken_for_delivered_where_nobody_is_called_any_more(
        self, engine: Engine, people: People, receiver: _Receiver
    ) -> None:
        operator, _ = _hook(engine, people, receiver.url)
        application_in(engine, people, "submitted")
        with writing(engine) as session:
            (hook,) = webhooks(session, operator)
            switch_webhook(session, operator, hook.id, is_active=False)
        jobs.run_next(engine, handlers(engine))
        with reading(engine) as session:
            delivery = session.exec(select(Delivery)).one()
            assert (delivery.delivered_at, "not delivered" in (delivery.last_error or "")) == (None, True)
        assert receiver.calls == []

    def test_never_blocks_the_act(self, engine: Engine, people: People) -> None:
        _hook(engine, people, "http://127.0.0.1:9/nobody-listens")
        application = application_in(engine, people, "submitted")
        assert move(engine, people.province, application, "recommend").state == "recommended"
        jobs.run_next(engine, handlers(engine))
        with reading(engine) as session:
            assert "Connect" in (session.exec(select(Delivery)).one().last_error or "")

    def test_is_added_by_the_operator_only_and_to_web_addresses(self, engine: Engine, people: People) -> None:
        with pytest.raises(NotAllowed), writing(engine) as session:
            add_webhook(session, people.city, organisation_id=1, url="https://example.org/")
        for url in ("file:///etc/passwd", "ftp://example.org", "https://", "https://user:pw@example.org/"):
            with pytest.raises(InvalidInput), writing(engine) as session:
                add_webhook(
                    session, ensure_operator(session), organisation_id=people.city.organisation_id or 0, url=url
                )


class _MailServer(TCPServer):
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _MailSession)
        self.received: list[str] = []


class _MailSession(StreamRequestHandler):
    server: _MailServer

    def handle(self) -> None:
        self.wfile.write(b"220 ready\r\n")
        while line := self.rfile.readline():
            word = line.split()[0].upper()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                lines = list(iter(self.rfile.readline, b".\r\n"))
                self.server.received.append(b"".join(lines).decode())
            self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")


class TestMail:
    def test_goes_to_those_who_gave_an_address(
        self, engine: Engine, people: People, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with _served(_MailServer()) as server:
            monkeypatch.setenv("REGISTRY_SMTP_URL", f"smtp://127.0.0.1:{server.server_address[1]}")
            monkeypatch.setenv("REGISTRY_MAIL_FROM", "registry@example.org")
            settings.cache_clear()
            with writing(engine) as session:
                set_mail_address(session, people.province, "reviewer@example.org")
            application_in(engine, people, "submitted")
            jobs.run_next(engine, handlers(engine))
            settings.cache_clear()
        (message,) = server.received
        assert "To: reviewer@example.org" in message
        assert "From: registry@example.org" in message
        assert "\nDate: " in message
        assert re.search(r"Message-ID: <[^>]+@example\.org>", message)

    def test_is_not_sent_without_the_setting(self, engine: Engine, people: People) -> None:
        settings.cache_clear()
        with writing(engine) as session:
            set_mail_address(session, people.province, "reviewer@example.org")
        application_in(engine, people, "submitted")
        with reading(engine) as session:
            assert session.exec(select(Delivery)).all() == []

    @pytest.mark.parametrize("address", ["", "nobody", "a@", "@b", "a@b\r\nBcc: all@example.org"])
    def test_needs_an_address(self, engine: Engine, people: People, address: str) -> None:
        with pytest.raises(InvalidInput), writing(engine) as session:
            set_mail_address(session, people.city, address)


def test_a_job_waits_for_its_time(engine: Engine) -> None:
    with writing(engine) as session:
        later = audit.now() + timedelta(hours=1)
        jobs.enqueue(session, kind="x", parameters={}, requested_by=None, not_before=later)
    assert jobs.run_next(engine, {"x": lambda _: 1}) is None
    with writing(engine) as session:
        session.execute(update(Job).where(col(Job.kind) == "x").values(not_before=audit.now()))
    assert jobs.run_next(engine, {"x": lambda _: 1}) is not None
