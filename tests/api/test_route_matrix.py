"""Every route as every role, anonymous and the wrong groups first. A route without a row here fails the test.

The table is written by hand: one row a route and method, one column for each caller. The project asked for belongs to
`city`, in Zhejiang, and is released to `bank`. 303 sends an anonymous visitor to the sign-in page. Changing calls send
an empty body, so who is let through gets 4xx for the body instead of 403 or 404 for the person, or success.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute
from litestar.testing import TestClient
from sqlalchemy import Engine
from sqlmodel import select

from api.conftest import Client
from builders import dossier
from conftest import People
from registry.accounts.model import Actor, UserAccount
from registry.accounts.operations import issue_token
from registry.accounts.queries import tokens_of
from registry.accounts.sessions import open_web_session
from registry.database import reading, writing
from registry.packages.release.operations import release_package
from registry.projects.documents.store import FolderStore
from registry.projects.operations import create_project, release_project
from registry.settings import Settings, load_settings
from registry.settings import settings as kept_settings
from registry.web.auth import Identity, form_token

CALLERS = ("anonymous", "other_city", "other_bank", "bank", "province", "ministry", "city")
DEAF = {"OPTIONS", "HEAD"}
NO_JOB = 999_999_999

# fmt: off
#                                                        anon  other  other  bank  prov-  minis- city
#                                                              city   bank         ince   try
TABLE: dict[tuple[str, str], tuple[int, ...]] = {
    ("GET", "/"):                                       (303,  200,   200,   200,  200,   200,   200),
    ("GET", "/account"):                                (303,  200,   200,   200,  200,   200,   200),
    ("POST", "/account/password"):                      (401,  422,   422,   422,  422,   422,   422),
    ("POST", "/account/second-factor"):                 (401,  303,   303,   303,  303,   303,   303),
    ("POST", "/account/second-factor/confirm"):         (401,  422,   422,   422,  422,   422,   422),
    ("POST", "/account/second-factor/remove"):          (401,  422,   422,   422,  422,   422,   422),
    ("POST", "/account/sessions/end"):                  (401,  303,   303,   303,  303,   303,   303),
    ("POST", "/account/tokens"):                        (401,  422,   422,   422,  422,   422,   422),
    ("POST", "/account/tokens/{token_id}/revoke"):      (401,  404,   404,   404,  404,   404,   303),
    ("GET", "/api/v1/projects"):                        (401,  200,   200,   200,  200,   200,   200),
    ("POST", "/api/v1/projects"):                       (401,  400,   403,   403,  403,   403,   400),
    ("GET", "/api/v1/projects/{code}"):                 (401,  404,   404,   200,  200,   200,   200),
    ("PUT", "/api/v1/projects/{code}"):                 (401,  428,   403,   403,  403,   403,   428),
    ("GET", "/api/v1/projects/{code}/revisions"):       (401,  404,   403,   403,  200,   200,   200),
    ("GET", "/api/v1/projects/{code}/revisions/{number}"): (401, 404, 403,   403,  200,   200,   200),
    ("GET", "/api/v1/tokens"):                          (401,  200,   200,   200,  200,   200,   200),
    ("POST", "/api/v1/tokens"):                         (401,  400,   400,   400,  400,   400,   400),
    ("DELETE", "/api/v1/tokens/{token_id}"):            (401,  404,   404,   404,  404,   404,   204),
    ("GET", "/audit"):                                  (303,  403,   403,   403,  403,   200,   403),
    ("GET", "/lib/{file_path}"):                        (200,  200,   200,   200,  200,   200,   200),
    ("GET", "/projects"):                               (303,  200,   200,   200,  200,   200,   200),
    ("GET", "/projects.csv"):                           (303,  200,   200,   200,  200,   200,   200),
    ("POST", "/projects/check"):                        (401,  200,   403,   403,  403,   403,   200),
    ("POST", "/projects/check/verdicts"):               (401,  200,   403,   403,  403,   403,   200),
    ("GET", "/projects/new"):                           (303,  200,   403,   403,  403,   403,   200),
    ("POST", "/projects/new"):                          (401,  303,   403,   403,  403,   403,   303),
    ("GET", "/projects/{code}"):                        (303,  404,   404,   200,  200,   200,   200),
    ("GET", "/projects/{code}/charts/{name}"):          (303,  404,   404,   404,  404,   404,   404),
    ("GET", "/projects/{code}/document.json"):          (303,  404,   404,   200,  200,   200,   200),
    ("GET", "/projects/{code}/edit"):                   (303,  404,   403,   403,  403,   403,   200),
    ("GET", "/projects/{code}/case"):                   (303,  404,   403,   403,  403,   403,   200),
    ("POST", "/projects/{code}/case"):                  (401,  404,   403,   403,  403,   403,   404),
    ("POST", "/projects/{code}/case/check"):            (401,  404,   403,   403,  403,   403,   200),
    ("POST", "/projects/{code}/edit"):                  (401,  404,   403,   403,  403,   403,   404),
    # What offices make for themselves; a bank takes what its city released to it.
    ("POST", "/projects/{code}/package"):               (401,  404,   403,   403,  200,   200,   200),
    ("POST", "/api/v1/projects/{code}/package"):        (401,  404,   403,   403,  200,   200,   200),
    ("GET", "/summary-table.xlsx"):                     (303,  200,   403,   403,  200,   200,   200),
    ("GET", "/api/v1/summary-table.xlsx"):              (401,  200,   403,   403,  200,   200,   200),
    ("GET", "/package-batches"):                        (303,  200,   403,   403,  200,   200,   200),
    ("POST", "/package-batches"):                       (401,  303,   403,   403,  303,   303,   303),
    ("GET", "/package-batches/{number}"):               (303,  404,   403,   403,  404,   404,   404),
    ("GET", "/package-batches/{number}/file"):          (303,  404,   403,   403,  404,   404,   404),
    ("GET", "/package-batches/{number}/packages/{code}"): (303, 404,  403,   403,  404,   404,   404),
    ("POST", "/api/v1/package-batches"):                (401,  400,   403,   403,  400,   400,   400),
    ("GET", "/api/v1/package-batches/{number}"):        (401,  404,   403,   403,  404,   404,   404),
    ("GET", "/api/v1/package-batches/{number}/packages"): (401, 404,  403,   403,  404,   404,   404),
    ("GET", "/api/v1/package-batches/{number}/file"):   (401,  404,   403,   403,  404,   404,   404),
    ("GET", "/api/v1/package-batches/{number}/packages/{code}"): (401, 404, 403, 403, 404, 404, 404),
    # Released to `bank`: to the other bank it does not exist. It is made once, before anybody calls.
    ("GET", "/packages"):                               (303,  200,   200,   200,  200,   200,   200),
    ("GET", "/packages/{number}"):                      (303,  404,   404,   200,  200,   200,   200),
    ("GET", "/packages/{number}/file"):                 (303,  404,   404,   200,  200,   200,   200),
    ("POST", "/packages/{number}/withdrawal"):          (401,  404,   403,   403,  403,   403,   422),
    ("POST", "/projects/{code}/packages"):              (401,  422,   403,   403,  403,   403,   422),
    ("GET", "/package-releases/{number}"):              (303,  404,   404,   404,  404,   404,   404),
    ("GET", "/verify"):                                 (303,  200,   200,   200,  200,   200,   200),
    ("POST", "/verify"):                                (401,  422,   422,   422,  422,   422,   422),
    ("GET", "/api/v1/packages"):                        (401,  200,   200,   200,  200,   200,   200),
    ("GET", "/api/v1/packages/banks"):                  (401,  200,   403,   403,  403,   403,   200),
    ("GET", "/api/v1/packages/{number}"):               (401,  404,   404,   200,  200,   200,   200),
    ("GET", "/api/v1/packages/{number}/file"):          (401,  404,   404,   200,  200,   200,   200),
    ("GET", "/api/v1/packages/{number}/downloads"):     (401,  404,   403,   403,  200,   200,   200),
    ("POST", "/api/v1/packages/{number}/withdrawal"):   (401,  400,   403,   403,  403,   403,   400),
    ("POST", "/api/v1/projects/{code}/packages"):       (401,  400,   403,   403,  403,   403,   400),
    ("GET", "/api/v1/package-releases/{number}"):       (401,  404,   404,   404,  404,   404,   404),
    ("POST", "/api/v1/packages/verification"):          (401,  200,   200,   200,  200,   200,   200),
    ("GET", "/projects/{code}/revisions/{number}"):     (303,  404,   403,   403,  200,   200,   200),
    ("GET", "/api/v1/libraries"):                       (401,  200,   200,   200,  200,   200,   200),
    ("GET", "/api/v1/libraries/{pack}"):                (401,  200,   200,   200,  200,   200,   200),
    ("GET", "/api/v1/private-packs"):                   (401,  403,   200,   200,  403,   403,   403),
    ("POST", "/api/v1/private-packs"):                  (401,  403,   400,   400,  403,   403,   403),
    ("GET", "/api/v1/private-packs/{pack}"):            (401,  403,   404,   404,  403,   403,   403),
    ("DELETE", "/api/v1/private-packs/{pack}"):         (401,  403,   404,   404,  403,   403,   403),
    ("GET", "/api/v1/projects/{code}/assessments"):     (401,  404,   404,   200,  200,   200,   200),
    ("POST", "/api/v1/projects/{code}/assessments"):    (401,  404,   404,   201,  201,   201,   201),
    ("GET", "/api/v1/projects/{code}/assessments/{number}"): (401,  404,  404,  200,  200,  200,  200),
    ("GET", "/api/v1/projects/{code}/judgements"):      (401,  404,   404,   200,  200,   200,   200),
    ("POST", "/api/v1/projects/{code}/judgements"):     (401,  403,   403,   403,  400,   400,   403),
    ("GET", "/api/v1/projects/{code}/nearest"):         (401,  404,   404,   200,  200,   200,   200),
    ("GET", "/api/v1/projects/{code}/route"):           (401,  404,   404,   200,  200,   200,   200),
    ("POST", "/api/v1/rehearsals"):                     (401,  403,   400,   400,  400,   400,   403),
    ("GET", "/api/v1/rehearsals/{number}"):             (401,  404,   404,   404,  404,   404,   404),
    ("GET", "/api/v1/rules"):                           (401,  200,   200,   200,  200,   200,   200),
    ("POST", "/api/v1/screenings"):                     (401,  202,   202,   202,  202,   202,   202),
    ("GET", "/api/v1/screenings/{number}"):             (401,  404,  404,  404,  404,  404,  200),
    ("GET", "/private-packs"):                          (303,  403,   200,   200,  403,   403,   403),
    ("POST", "/private-packs"):                         (401,  403,   422,   422,  403,   403,   403),
    ("POST", "/private-packs/{pack}/end"):              (401,  403,   404,   404,  403,   403,   403),
    ("POST", "/projects/{code}/assessments"):           (401,  404,   404,   303,  303,   303,   303),
    ("GET", "/projects/{code}/assessments/{number}"):   (303,  404,  404,  200,  200,  200,  200),
    ("POST", "/projects/{code}/judgements"):            (401,  403,   403,   403,  422,   422,   403),
    ("GET", "/projects/{code}/nearest"):                (303,  404,   404,   200,  200,   200,   200),
    ("GET", "/rehearsals"):                             (303,  403,   200,   200,  200,   200,   403),
    ("POST", "/rehearsals"):                            (401,  403,  404,  404,  404,  404,  403),
    ("GET", "/rehearsals/{number}"):                    (303,  404,   404,   404,  404,   404,   404),
    ("GET", "/rule-book"):                              (303,  200,   200,   200,  200,   200,   200),
    ("GET", "/rules"):                                  (303,  200,   200,   200,  200,   200,   200),
    ("GET", "/rules/{pack}"):                           (303,  200,   200,   200,  200,   200,   200),
    # Excel, applications, documents, banks. An upload without a name is refused for that before anything else.
    ("GET", "/api/v1/template.xlsx"):                   (401, 200, 200, 200, 200, 200, 200),
    ("POST", "/api/v1/imports"):                        (401, 202, 403, 403, 403, 403, 202),
    ("GET", "/api/v1/imports/{number}"):                (401, 404, 404, 404, 404, 404, 404),
    ("GET", "/api/v1/imports/{number}/rows"):           (401, 404, 404, 404, 404, 404, 404),
    ("POST", "/api/v1/imports/{number}/commit"):        (401, 404, 403, 403, 403, 403, 404),
    ("GET", "/api/v1/imports/{number}/findings.xlsx"):  (401, 404, 404, 404, 404, 404, 404),
    ("GET", "/imports"):                                (303, 200, 403, 403, 403, 403, 200),
    ("POST", "/imports"):                               (401, 422, 403, 403, 403, 403, 422),
    ("GET", "/imports/{number}"):                       (303, 404, 404, 404, 404, 404, 404),
    ("POST", "/imports/{number}/commit"):               (401, 404, 403, 403, 403, 403, 404),
    ("GET", "/imports/{number}/findings.xlsx"):         (303, 404, 404, 404, 404, 404, 404),
    ("GET", "/projects.xlsx"):                          (303, 200, 200, 200, 200, 200, 200),
    ("GET", "/exports"):                                (303, 200, 200, 200, 200, 200, 200),
    ("POST", "/exports"):                               (401, 422, 422, 422, 422, 422, 422),
    ("GET", "/exports/{number}"):                       (303, 404, 404, 404, 404, 404, 404),
    ("GET", "/exports/{number}/file"):                  (303, 404, 404, 404, 404, 404, 404),
    ("POST", "/api/v1/exports"):                        (401, 202, 202, 202, 202, 202, 202),
    ("GET", "/api/v1/exports/{number}"):                (401, 404, 404, 404, 404, 404, 404),
    ("GET", "/api/v1/exports/{number}/file"):           (401, 404, 404, 404, 404, 404, 404),
    ("GET", "/api/v1/projects/{code}/applications"):    (401, 404, 403, 403, 200, 200, 200),
    ("POST", "/api/v1/projects/{code}/applications"):   (401, 400, 403, 403, 403, 403, 400),
    ("POST", "/api/v1/applications/{number}/actions"):  (401, 400, 403, 403, 400, 400, 400),
    ("GET", "/api/v1/reviews"):                         (401, 200, 403, 403, 200, 200, 200),
    ("POST", "/api/v1/reviews/actions"):                (401, 400, 403, 403, 400, 400, 400),
    ("POST", "/projects/{code}/applications"):          (401, 422, 403, 403, 403, 403, 422),
    ("POST", "/applications/{number}/actions"):         (401, 422, 403, 403, 422, 422, 422),
    ("GET", "/reviews"):                                (303, 200, 403, 403, 200, 200, 200),
    ("POST", "/reviews"):                               (401, 422, 403, 403, 422, 422, 422),
    ("GET", "/api/v1/projects/{code}/documents"):       (401, 404, 404, 200, 200, 200, 200),
    ("POST", "/api/v1/projects/{code}/documents"):      (401, 400, 400, 400, 400, 400, 400),
    ("GET", "/api/v1/projects/{code}/documents/{number}"):(401, 404, 404, 404, 404, 404, 404),
    ("DELETE", "/api/v1/projects/{code}/documents/{number}"):(401, 404, 403, 403, 403, 403, 404),
    ("POST", "/api/v1/projects/{code}/documents/{number}/checklist"):(401, 400, 403, 403, 403, 403, 400),
    ("POST", "/projects/{code}/documents"):             (401, 422, 403, 403, 403, 403, 422),
    ("POST", "/projects/{code}/documents/{number}"):    (401, 422, 403, 403, 403, 403, 422),
    ("GET", "/projects/{code}/documents/{number}"):     (303, 404, 404, 404, 404, 404, 404),
    ("GET", "/api/v1/projects/{code}/banks"):           (401, 404, 404, 200, 200, 200, 200),
    ("POST", "/api/v1/projects/{code}/interest"):       (401, 403, 400, 400, 403, 403, 403),
    ("POST", "/api/v1/projects/{code}/questions"):      (401, 403, 400, 400, 403, 403, 403),
    ("POST", "/api/v1/projects/{code}/questions/{number}/answer"):(401, 400, 403, 403, 403, 403, 400),
    ("POST", "/api/v1/projects/{code}/loans"):          (401, 403, 400, 400, 403, 403, 403),
    ("POST", "/api/v1/projects/{code}/loans/{number}/acceptance"):(401, 404, 403, 403, 403, 403, 404),
    ("GET", "/api/v1/notices"):                         (401, 200, 200, 200, 200, 200, 200),
    ("POST", "/api/v1/notices/read"):                   (401, 400, 400, 400, 400, 400, 400),
    ("POST", "/projects/{code}/banks"):                 (401, 422, 422, 422, 403, 403, 422),
    ("POST", "/notices/read"):                          (401, 303, 303, 303, 303, 303, 303),
    # What if: a project without a financial case has no mix; an empty form asks for nothing that can be chosen.
    ("POST", "/api/v1/projects/{code}/funding-mix"):    (401, 404, 404, 422, 422, 422, 422),
    ("GET", "/projects/{code}/funding-mix"):            (303, 404, 404, 422, 422, 422, 422),
    ("POST", "/projects/{code}/funding-mix"):           (401, 404, 403, 403, 403, 403, 404),
    ("GET", "/projects/{code}/funding-mix/{file}"):     (303, 404, 404, 422, 422, 422, 422),
    ("POST", "/api/v1/selections"):                     (401, 400, 403, 403, 400, 400, 400),
    ("GET", "/api/v1/selections/{number}"):             (401, 404, 404, 404, 404, 404, 404),
    ("POST", "/api/v1/scenarios"):                      (401, 400, 403, 403, 400, 400, 400),
    ("GET", "/api/v1/scenarios/{number}"):              (401, 404, 404, 404, 404, 404, 404),
    ("GET", "/portfolio/selection"):                    (303, 200, 403, 403, 200, 200, 200),
    ("POST", "/portfolio/selection"):                   (401, 422, 403, 403, 422, 422, 422),
    ("GET", "/portfolio/selection/{number}"):           (303, 404, 403, 403, 404, 404, 404),
    ("GET", "/portfolio/selection/{number}/{file}"):    (303, 404, 403, 403, 404, 404, 404),
    ("GET", "/portfolio/scenarios"):                    (303, 200, 403, 403, 200, 200, 200),
    ("POST", "/portfolio/scenarios"):                   (401, 422, 403, 403, 422, 422, 422),
    ("GET", "/portfolio/scenarios/{number}"):           (303, 404, 403, 403, 404, 404, 404),
    ("GET", "/portfolio/scenarios/{number}/{file}"):    (303, 404, 403, 403, 404, 404, 404),
    # Duplicates, people, the trail. "none" is no project; the people of the table are no administrators.
    ("GET", "/api/v1/projects/{code}/duplicates"):      (401, 404, 403, 403, 200, 200, 200),
    ("GET", "/api/v1/projects/{code}/duplicates/{other}"): (401, 404, 403, 403, 404, 404, 404),
    ("PUT", "/api/v1/projects/{code}/duplicates/{other}"): (401, 403, 403, 403, 400, 400, 403),
    ("GET", "/api/v1/duplicates"):                      (401, 403, 403, 403, 200, 200, 403),
    ("POST", "/api/v1/projects/similar"):               (401, 400, 403, 403, 403, 403, 400),
    ("GET", "/projects/{code}/duplicates"):             (303, 404, 403, 403, 200, 200, 200),
    ("GET", "/projects/{code}/duplicates/{other}"):     (303, 404, 403, 403, 404, 404, 404),
    ("POST", "/projects/{code}/duplicates/{other}"):    (401, 403, 403, 403, 404, 404, 403),
    ("GET", "/duplicates"):                             (303, 403, 403, 403, 200, 200, 403),
    ("GET", "/api/v1/organisations"):                   (401, 403, 403, 403, 403, 403, 403),
    ("POST", "/api/v1/organisations"):                  (401, 403, 403, 403, 403, 403, 403),
    ("GET", "/api/v1/people"):                          (401, 403, 403, 403, 403, 403, 403),
    ("POST", "/api/v1/people"):                         (401, 403, 403, 403, 403, 403, 403),
    ("GET", "/api/v1/people/{number}"):                 (401, 403, 403, 403, 403, 403, 403),
    ("POST", "/api/v1/people/{number}/actions"):        (401, 403, 403, 403, 403, 403, 403),
    ("GET", "/people"):                                 (303, 403, 403, 403, 403, 403, 403),
    ("POST", "/people"):                                (401, 403, 403, 403, 403, 403, 403),
    ("GET", "/people/{number}"):                        (303, 403, 403, 403, 403, 403, 403),
    ("POST", "/people/{number}"):                       (401, 403, 403, 403, 403, 403, 403),
    ("POST", "/people/organisations"):                  (401, 403, 403, 403, 403, 403, 403),
    ("GET", "/projects/{code}/trail"):                  (303, 404, 403, 403, 200, 200, 200),
    # The secret in the address is what opens it, to anybody who holds it; this one is nobody's.
    ("GET", "/set-password/{secret}"):                  (404, 404, 404, 404, 404, 404, 404),
    ("POST", "/set-password/{secret}"):                 (404, 404, 404, 404, 404, 404, 404),
    # Comments, drafts and what is missing. A draft must say which revision it was begun on.
    ("GET", "/api/v1/projects/{code}/comments"):        (401, 404, 404, 403, 200, 200, 200),
    ("POST", "/api/v1/projects/{code}/comments"):       (401, 400, 403, 403, 400, 400, 400),
    ("POST", "/api/v1/projects/{code}/comments/{number}/settlement"):(401, 404, 403, 403, 404, 404, 404),
    ("GET", "/api/v1/projects/{code}/missing"):         (401, 404, 404, 200, 200, 200, 200),
    ("POST", "/projects/{code}/comments"):              (401, 404, 403, 403, 422, 422, 422),
    ("POST", "/projects/{code}/comments/{number}"):     (401, 404, 403, 403, 404, 404, 404),
    ("GET", "/projects/{code}/draft"):                  (303, 400, 403, 403, 403, 403, 400),
    ("POST", "/projects/{code}/draft"):                 (401, 404, 403, 403, 403, 403, 404),
    ("GET", "/projects/{code}/case/draft"):             (303, 400, 403, 403, 403, 403, 400),
    ("POST", "/projects/{code}/case/draft"):            (401, 404, 403, 403, 403, 403, 404),
    ("GET", "/api/v1/applications/{number}"):           (401, 404, 403, 403, 404, 404, 404),
    ("PUT", "/api/v1/applications/{number}/reviewers/{user}"): (401, 403, 403, 403, 404, 404, 403),
    ("DELETE", "/api/v1/applications/{number}/reviewers/{user}"): (401, 403, 403, 403, 404, 404, 403),
    ("POST", "/api/v1/applications/{number}/opinions"): (401, 403, 403, 403, 400, 400, 403),
    ("PUT", "/api/v1/applications/{number}/opinions/{department}"): (401, 403, 403, 403, 400, 400, 403),
    ("POST", "/api/v1/reviews/reviewers"):              (401, 403, 403, 403, 400, 400, 403),
    ("GET", "/api/v1/reviews/opinions"):                (401, 200, 403, 403, 200, 200, 200),
    ("POST", "/api/v1/reviews/opinions"):               (401, 403, 403, 403, 400, 400, 403),
    ("POST", "/reviews/reviewers"):                     (401, 403, 403, 403, 422, 422, 403),
    ("POST", "/reviews/opinions"):                      (401, 403, 403, 403, 422, 422, 403),
    ("GET", "/applications/{number}/check"):            (303, 404, 403, 403, 403, 403, 404),
    ("GET", "/board"):                                  (303, 200, 403, 403, 200, 200, 200),
    ("POST", "/applications/{number}/reviewers"):       (401, 403, 403, 403, 422, 422, 403),
    ("POST", "/applications/{number}/opinions"):        (401, 403, 403, 403, 422, 422, 403),
    ("GET", "/lifecycle"):                              (303, 200, 200, 200, 200, 200, 200),
    ("POST", "/account/mail"):                          (401, 303, 303, 303, 303, 303, 303),
    ("GET", "/api/v1/notices/mail-address"):            (401, 200, 200, 200, 200, 200, 200),
    ("PUT", "/api/v1/notices/mail-address"):            (401, 400, 400, 400, 400, 400, 400),
    ("GET", "/notices"):                                (303, 200, 200, 200, 200, 200, 200),
    # The operator's alone, who is not among these callers: tests/api/test_notices.py lets them in.
    ("GET", "/deliveries"):                             (303, 403, 403, 403, 403, 403, 403),
    ("POST", "/deliveries/{number}/replay"):            (401, 403, 403, 403, 403, 403, 403),
    ("POST", "/webhooks"):                              (401, 403, 403, 403, 403, 403, 403),
    ("POST", "/webhooks/{number}"):                     (401, 403, 403, 403, 403, 403, 403),
    ("GET", "/api/v1/webhooks"):                        (401, 403, 403, 403, 403, 403, 403),
    ("POST", "/api/v1/webhooks"):                       (401, 403, 403, 403, 403, 403, 403),
    ("PUT", "/api/v1/webhooks/{number}"):               (401, 403, 403, 403, 403, 403, 403),
    ("GET", "/api/v1/deliveries"):                      (401, 403, 403, 403, 403, 403, 403),
    ("POST", "/api/v1/deliveries/{number}/replay"):     (401, 403, 403, 403, 403, 403, 403),
    # Financing plans. There is none, so who asks for plan 1 gets 404; who may not write at all gets 403 before that.
    ("GET", "/api/v1/financing-plans"):                 (401, 200, 200, 200, 200, 200, 200),
    ("POST", "/api/v1/financing-plans"):                (401, 400, 403, 403, 403, 403, 400),
    ("GET", "/api/v1/financing-plans/{number}"):        (401, 404, 404, 404, 404, 404, 404),
    ("PUT", "/api/v1/financing-plans/{number}"):        (401, 428, 403, 403, 403, 403, 428),
    ("POST", "/api/v1/financing-plans/{number}/actions"):(401, 400, 400, 400, 400, 400, 400),
    ("GET", "/api/v1/financing-plans/{number}/revisions"):(401, 404, 404, 404, 404, 404, 404),
    ("GET", "/api/v1/financing-plans/{number}/scenarios"):(401, 404, 404, 404, 404, 404, 404),
    ("GET", "/api/v1/financing-plans/{number}/files/{form}"):(401, 404, 404, 404, 404, 404, 404),
    ("GET", "/financing-plans"):                        (303, 200, 200, 200, 200, 200, 200),
    ("POST", "/financing-plans"):                       (401, 422, 403, 403, 403, 403, 422),
    ("GET", "/financing-plans/{number}"):               (303, 404, 404, 404, 404, 404, 404),
    ("GET", "/financing-plans/{number}/chart.svg"):     (303, 404, 404, 404, 404, 404, 404),
    ("GET", "/financing-plans/{number}/tables/{name}/{form}"):(303, 404, 404, 404, 404, 404, 404),
    ("GET", "/financing-plans/{number}/files/{form}"):  (303, 404, 404, 404, 404, 404, 404),
    ("GET", "/financing-plans/{number}/edit"):          (303, 404, 403, 403, 403, 403, 404),
    ("POST", "/financing-plans/{number}/edit"):         (401, 404, 403, 403, 403, 403, 404),
    ("POST", "/financing-plans/{number}/actions"):      (401, 422, 422, 422, 422, 422, 422),
    # The public display: for anybody, but nothing is on it here. A comment needs something to be about.
    ("GET", "/display"):                                (200, 200, 200, 200, 200, 200, 200),
    ("GET", "/display/projects"):                       (200, 200, 200, 200, 200, 200, 200),
    ("GET", "/display/projects/{code}"):                (404, 404, 404, 404, 404, 404, 404),
    ("GET", "/display/projects/{code}/evidence/{number}"):(404, 404, 404, 404, 404, 404, 404),
    ("GET", "/display/projects/{code}/comment"):        (404, 404, 404, 404, 404, 404, 404),
    ("POST", "/display/projects/{code}/comment"):       (404, 404, 404, 404, 404, 404, 404),
    ("GET", "/display/cases"):                          (200, 200, 200, 200, 200, 200, 200),
    ("GET", "/display/cases/{number}"):                 (404, 404, 404, 404, 404, 404, 404),
    ("GET", "/display/cases/{number}/pictures/{picture}"):(404, 404, 404, 404, 404, 404, 404),
    ("GET", "/display/cases/{number}/comment"):         (404, 404, 404, 404, 404, 404, 404),
    ("POST", "/display/cases/{number}/comment"):        (404, 404, 404, 404, 404, 404, 404),
    ("GET", "/display/papers/{number}"):                (404, 404, 404, 404, 404, 404, 404),
    ("GET", "/api/v1/display"):                         (200, 200, 200, 200, 200, 200, 200),
    ("GET", "/api/v1/display/projects"):                (200, 200, 200, 200, 200, 200, 200),
    ("GET", "/api/v1/display/projects/{code}"):         (404, 404, 404, 404, 404, 404, 404),
    ("GET", "/api/v1/display/projects/{code}/oc4ids"):  (404, 404, 404, 404, 404, 404, 404),
    ("GET", "/api/v1/display/projects.json"):           (200, 200, 200, 200, 200, 200, 200),
    ("GET", "/api/v1/display/projects.csv"):            (200, 200, 200, 200, 200, 200, 200),
    ("GET", "/api/v1/display/cases"):                   (200, 200, 200, 200, 200, 200, 200),
    ("GET", "/api/v1/display/cases/{number}"):          (404, 404, 404, 404, 404, 404, 404),
    ("GET", "/api/v1/display/cases.csv"):               (200, 200, 200, 200, 200, 200, 200),
    # What its owner decides to show; the ministry may end it. Comments are decided on by city and ministry.
    ("GET", "/projects/{code}/display"):                (303, 404, 403, 403, 403, 200, 200),
    ("POST", "/projects/{code}/display"):               (401, 404, 403, 403, 403, 403, 404),
    ("GET", "/api/v1/projects/{code}/display"):         (401, 404, 403, 403, 404, 404, 404),
    ("PUT", "/api/v1/projects/{code}/display"):         (401, 400, 403, 403, 403, 403, 400),
    ("DELETE", "/api/v1/projects/{code}/display"):      (401, 404, 403, 403, 403, 422, 422),
    ("GET", "/display-comments"):                       (303, 200, 403, 403, 403, 200, 200),
    ("POST", "/display-comments/{number}"):             (401, 422, 403, 403, 403, 422, 422),
    ("GET", "/api/v1/display-comments"):                (401, 200, 403, 403, 403, 200, 200),
    ("POST", "/api/v1/display-comments/{number}/decision"):(401, 400, 403, 403, 403, 400, 400),
    # Model cases. There is none, so who may ask for case 1 gets 404.
    ("GET", "/cases"):                                  (303, 200, 403, 403, 200, 200, 200),
    ("GET", "/cases.xlsx"):                             (303, 200, 403, 403, 200, 200, 200),
    ("POST", "/cases/import"):                          (401, 422, 403, 403, 403, 403, 422),
    ("GET", "/cases/new"):                              (303, 200, 403, 403, 403, 403, 200),
    ("POST", "/cases/new"):                             (401, 422, 403, 403, 403, 403, 422),
    ("GET", "/cases/{number}"):                         (303, 404, 403, 403, 404, 404, 404),
    ("GET", "/cases/{number}/edit"):                    (303, 404, 403, 403, 403, 403, 404),
    ("POST", "/cases/{number}/edit"):                   (401, 404, 403, 403, 403, 403, 404),
    ("POST", "/cases/{number}/actions"):                (401, 404, 403, 403, 404, 404, 404),
    ("POST", "/cases/{number}/pictures"):               (401, 422, 403, 403, 403, 403, 422),
    ("GET", "/cases/{number}/pictures/{picture}"):      (303, 404, 403, 403, 404, 404, 404),
    ("POST", "/cases/{number}/pictures/{picture}"):     (401, 404, 403, 403, 403, 403, 404),
    ("GET", "/api/v1/cases"):                           (401, 200, 403, 403, 200, 200, 200),
    ("POST", "/api/v1/cases"):                          (401, 400, 403, 403, 403, 403, 400),
    ("GET", "/api/v1/cases.xlsx"):                      (401, 200, 403, 403, 200, 200, 200),
    ("POST", "/api/v1/cases/import"):                   (401, 400, 400, 400, 400, 400, 400),
    ("GET", "/api/v1/cases/{number}"):                  (401, 404, 403, 403, 404, 404, 404),
    ("PUT", "/api/v1/cases/{number}"):                  (401, 428, 403, 403, 403, 403, 428),
    ("POST", "/api/v1/cases/{number}/actions"):         (401, 400, 403, 403, 400, 400, 400),
    ("POST", "/api/v1/cases/{number}/pictures"):        (401, 400, 400, 400, 400, 400, 400),
    ("GET", "/api/v1/cases/{number}/pictures/{picture}"):(401, 404, 403, 403, 404, 404, 404),
    ("DELETE", "/api/v1/cases/{number}/pictures/{picture}"):(401, 404, 403, 403, 403, 403, 404),
    ("GET", "/api/v1/portfolio"):                       (401, 200, 200, 200, 200, 200, 200),
    ("GET", "/api/v1/portfolio/{name}"):                (401, 200, 200, 200, 200, 200, 200),
    ("GET", "/api/v1/portfolio/{name}/file/{form}"):    (401, 200, 200, 200, 200, 200, 200),
    ("GET", "/portfolio"):                              (303, 200, 200, 200, 200, 200, 200),
    # Nothing to draw for a city or a bank that sees no project.
    ("GET", "/portfolio/{name}/tiles"):                 (303, 200, 200, 200, 200, 200, 200),
    ("GET", "/portfolio/{name}/chart.svg"):             (303, 404, 404, 200, 200, 200, 200),
    ("GET", "/portfolio/{name}/file/{form}"):           (303, 200, 200, 200, 200, 200, 200),
    # Zones. Everybody signed in reads the published lists; the ministry notes them.
    ("GET", "/api/v1/zones"):                           (401, 200, 200, 200, 200, 200, 200),
    ("POST", "/api/v1/zones/memberships"):              (401, 403, 403, 403, 403, 400, 403),
    ("POST", "/api/v1/zones/memberships/{number}/end"): (401, 403, 403, 403, 403, 400, 403),
    ("GET", "/api/v1/zones/list.xlsx"):                 (401, 200, 200, 200, 200, 200, 200),
    ("POST", "/api/v1/zones/list.xlsx"):                (401, 403, 403, 403, 403, 422, 403),
    ("GET", "/zones"):                                  (303, 200, 200, 200, 200, 200, 200),
    ("POST", "/zones"):                                 (401, 403, 403, 403, 403, 422, 403),
    ("POST", "/zones/{number}/end"):                    (401, 403, 403, 403, 403, 422, 403),
    ("GET", "/zones/list.xlsx"):                        (303, 200, 200, 200, 200, 200, 200),
    ("POST", "/zones/upload"):                          (401, 403, 403, 403, 403, 422, 403),
    # Selection of cities: offices apply, give opinions and choose; who was selected is everybody's. None is open yet.
    ("GET", "/api/v1/city-selections"):                 (401, 200, 200, 200, 200, 200, 200),
    ("POST", "/api/v1/city-selections"):                (401, 403, 403, 403, 403, 400, 403),
    ("GET", "/api/v1/city-selections/{number}"):        (401, 404, 404, 404, 404, 404, 404),
    ("POST", "/api/v1/city-selections/{number}/steps"): (401, 403, 403, 403, 403, 400, 403),
    ("POST", "/api/v1/city-selections/{number}/minutes"): (401, 403, 403, 403, 403, 400, 403),
    ("POST", "/api/v1/city-selections/{number}/nominations"): (401, 400, 403, 403, 403, 403, 400),
    ("POST", "/api/v1/nominations/{number}/actions"):   (401, 400, 400, 400, 400, 400, 400),
    ("POST", "/api/v1/city-selections/{number}/panel"): (401, 403, 403, 403, 403, 400, 403),
    ("GET", "/api/v1/city-selections/{number}/comparison"): (401, 404, 404, 404, 404, 404, 404),
    ("GET", "/api/v1/city-selections/{number}/comparison.xlsx"): (401, 404, 404, 404, 404, 404, 404),
    ("POST", "/api/v1/city-selections/{number}/scores"): (401, 403, 403, 403, 400, 400, 403),
    ("POST", "/api/v1/city-selections/{number}/marks"): (401, 403, 403, 403, 403, 400, 403),
    ("GET", "/api/v1/city-selections/{number}/proposal"): (401, 404, 404, 404, 404, 404, 404),
    ("GET", "/city-selections"):                        (303, 200, 200, 200, 200, 200, 200),
    ("POST", "/city-selections"):                       (401, 403, 403, 403, 403, 422, 403),
    ("GET", "/city-selections/{number}"):               (303, 404, 404, 404, 404, 404, 404),
    ("POST", "/city-selections/{number}/nominate"):     (401, 404, 403, 403, 403, 403, 404),
    ("POST", "/nominations/{number}/actions"):          (401, 422, 422, 422, 422, 422, 422),
    ("POST", "/city-selections/{number}/steps"):        (401, 403, 403, 403, 403, 404, 403),
    ("POST", "/city-selections/{number}/panel"):        (401, 403, 403, 403, 403, 404, 403),
    ("POST", "/city-selections/{number}/scores"):       (401, 403, 403, 403, 404, 404, 403),
    ("POST", "/city-selections/{number}/marks"):        (401, 403, 403, 403, 403, 404, 403),
    ("GET", "/city-selections/{number}/comparison.xlsx"): (303, 404, 404, 404, 404, 404, 404),
    # The calendar of offices; what it says of projects and papers is what its reader may see of them.
    ("GET", "/api/v1/calendar"):                        (401, 200, 403, 403, 200, 200, 200),
    ("GET", "/api/v1/calendar.ics"):                    (401, 200, 403, 403, 200, 200, 200),
    ("GET", "/api/v1/calendar.xlsx"):                   (401, 200, 403, 403, 200, 200, 200),
    ("GET", "/calendar"):                               (303, 200, 403, 403, 200, 200, 200),
    ("GET", "/calendar.ics"):                           (303, 200, 403, 403, 200, 200, 200),
    ("GET", "/calendar.xlsx"):                          (303, 200, 403, 403, 200, 200, 200),
    # Indicators: a bank and the public read them in published self-evaluations alone.
    ("GET", "/api/v1/programme"):                       (401, 200, 403, 403, 200, 200, 200),
    ("GET", "/api/v1/indicators"):                      (401, 200, 200, 200, 200, 200, 200),
    ("PUT", "/api/v1/indicators/own"):                  (401, 400, 403, 403, 403, 403, 400),
    ("GET", "/api/v1/indicators/cities"):               (401, 200, 403, 403, 200, 200, 200),
    ("GET", "/api/v1/indicators/values"):               (401, 200, 403, 403, 404, 404, 200),
    ("POST", "/api/v1/indicators/values"):              (401, 400, 403, 403, 403, 403, 400),
    ("GET", "/api/v1/indicators/values.xlsx"):          (401, 200, 403, 403, 404, 404, 200),
    ("POST", "/api/v1/indicators/values.xlsx"):         (401, 422, 403, 403, 403, 403, 422),
    ("GET", "/api/v1/indicators/contributions"):        (401, 200, 403, 403, 404, 404, 200),
    ("GET", "/programme"):                              (303, 200, 403, 403, 200, 200, 200),
    ("GET", "/indicators"):                             (303, 200, 403, 403, 200, 200, 200),
    ("POST", "/indicators"):                            (401, 422, 403, 403, 403, 403, 422),
    ("POST", "/indicators/own"):                        (401, 422, 403, 403, 403, 403, 422),
    ("GET", "/indicators/values.xlsx"):                 (303, 200, 403, 403, 404, 404, 200),
    ("POST", "/indicators/upload"):                     (401, 422, 403, 403, 403, 403, 422),
    # City plans and self-evaluations, asked for as city-plans. There is none yet.
    ("GET", "/api/v1/city-papers/{name}"):              (401, 200, 200, 200, 200, 200, 200),
    ("POST", "/api/v1/city-papers/{name}"):             (401, 400, 403, 403, 403, 403, 400),
    ("GET", "/api/v1/city-papers/{name}/{number}"):     (401, 404, 404, 404, 404, 404, 404),
    ("PUT", "/api/v1/city-papers/{name}/{number}"):     (401, 428, 403, 403, 403, 403, 428),
    ("POST", "/api/v1/city-papers/{name}/{number}/actions"): (401, 400, 400, 400, 400, 400, 400),
    ("GET", "/api/v1/city-papers/{name}/{number}/files/{form}"): (401, 404, 404, 404, 404, 404, 404),
    ("GET", "/city-papers/{name}"):                     (303, 200, 200, 200, 200, 200, 200),
    ("POST", "/city-papers/{name}"):                    (401, 422, 403, 403, 403, 403, 422),
    ("GET", "/city-papers/{name}/{number}"):            (303, 404, 404, 404, 404, 404, 404),
    ("GET", "/city-papers/{name}/{number}/files/{form}"): (303, 404, 404, 404, 404, 404, 404),
    ("GET", "/city-papers/{name}/{number}/edit"):       (303, 404, 403, 403, 403, 403, 404),
    ("POST", "/city-papers/{name}/{number}/edit"):      (401, 404, 403, 403, 403, 403, 404),
    ("POST", "/city-papers/{name}/{number}/actions"):   (401, 422, 422, 422, 422, 422, 422),
    ("GET", "/api/v1/evaluation-rounds"):               (401, 200, 200, 200, 200, 200, 200),
    ("POST", "/api/v1/evaluation-rounds"):              (401, 403, 403, 403, 403, 400, 403),
    ("POST", "/api/v1/evaluation-rounds/scores"):       (401, 403, 403, 403, 403, 400, 403),
    ("GET", "/api/v1/evaluation-rounds/comparison"):    (401, 200, 200, 200, 200, 200, 200),
    ("GET", "/evaluation-rounds"):                      (303, 200, 200, 200, 200, 200, 200),
    ("POST", "/evaluation-rounds"):                     (401, 403, 403, 403, 403, 422, 403),
    ("POST", "/evaluation-rounds/scores"):              (401, 403, 403, 403, 403, 422, 403),
    # The bank's pipeline. "none" is no rule pack; the project has no evaluated money; what a bank keeps is its own.
    ("GET", "/screening"):                              (303,  200,   200,   200,  200,   200,   200),
    ("GET", "/screening.csv"):                          (303,  200,   200,   200,  200,   200,   200),
    ("GET", "/screening/policy"):                       (303,  403,   200,   200,  403,   403,   403),
    ("GET", "/screening/policy/{pack}/{code}/{rule}"):  (303,  403,   404,   404,  403,   403,   403),
    ("POST", "/saved-searches"):                        (401,  403,   422,   422,  403,   403,   403),
    ("POST", "/saved-searches/{number}/removal"):       (401,  403,   404,   404,  403,   403,   403),
    ("GET", "/compare"):                                (303,  422,   422,   422,  422,   422,   422),
    ("GET", "/projects/{code}/money"):                  (303,  404,   404,   200,  200,   200,   200),
    ("GET", "/projects/{code}/money/{file}"):           (303,  404,   404,   404,  404,   404,   404),
    ("GET", "/projects/{code}/what-if"):                (303,  404,   404,   404,  404,   404,   404),
    ("GET", "/api/v1/screening"):                       (401,  200,   200,   200,  200,   200,   200),
    ("GET", "/api/v1/screening/policy"):                (401,  400,   400,   400,  400,   400,   400),
    ("GET", "/api/v1/compare"):                         (401,  422,   422,   422,  422,   422,   422),
    ("GET", "/api/v1/projects/{code}/what-if"):         (401,  404,   404,   404,  404,   404,   404),
    ("GET", "/api/v1/saved-searches"):                  (401,  403,   200,   200,  403,   403,   403),
    ("POST", "/api/v1/saved-searches"):                 (401,  403,   400,   400,  403,   403,   403),
    ("DELETE", "/api/v1/saved-searches/{number}"):      (401,  403,   404,   404,  403,   403,   403),
    # What the registry says of itself is open to anybody, so that programs can be written against it.
    ("GET", "/reference"):                              (200,  200,   200,   200,  200,   200,   200),
    ("GET", "/schema"):                                 (200,  200,   200,   200,  200,   200,   200),
    ("GET", "/schema/openapi.json"):                    (200,  200,   200,   200,  200,   200,   200),
    ("GET", "/schema/{path}"):                          (404,  404,   404,   404,  404,   404,   404),
    ("GET", "/sign-in"):                                (200,  200,   200,   200,  200,   200,   200),
    ("POST", "/sign-in"):                               (403,  422,   422,   422,  422,   422,   422),
    ("GET", "/sign-in/code"):                           (303,  303,   303,   303,  303,   303,   303),
    ("POST", "/sign-in/code"):                          (403,  303,   303,   303,  303,   303,   303),
    # No identity provider is set up in this test.
    ("GET", "/sign-in/oidc"):                           (404,  404,   404,   404,  404,   404,   404),
    ("GET", "/sign-in/oidc/return"):                    (404,  404,   404,   404,  404,   404,   404),
    ("POST", "/sign-out"):                              (403,  303,   303,   303,  303,   303,   303),
    ("GET", "/static/{file_path}"):                     (200,  200,   200,   200,  200,   200,   200),
}
# fmt: on


def routes(app: Litestar) -> Iterator[tuple[str, str]]:
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            yield from ((method, route.path_format) for method in route.methods if method not in DEAF)


@dataclass(frozen=True)
class Stage:
    """A project of `city`, released to `bank`, and somebody to call as."""

    app: Litestar
    engine: Engine
    people: People
    code: str
    assessment: int
    screening: int
    package: int

    def path(self, template: str) -> str:
        token = self._token_of_city() if "{token_id}" in template else 0
        file = "htmx.min.js" if template.startswith("/lib") else "registry.css"
        numbers = {
            "assessments": self.assessment,
            "screenings": self.screening,
            "rehearsals": NO_JOB,
            "imports": NO_JOB,
            "exports": NO_JOB,
            "package-batches": NO_JOB,
            "package-releases": NO_JOB,
            "packages/": self.package,
        }
        number = next((number for name, number in numbers.items() if name in template), 1)
        name = "provinces" if template.endswith("/tiles") else "funding_mix" if "/portfolio/" in template else "none"
        name = "city-plans" if "/city-papers/" in template else name
        filled = {"code": self.code, "number": number, "name": name, "form": "csv", "path": "none"}
        filled |= {"pack": "central-eco-fund", "file": "mix.csv", "user": 1, "department": "finance"}
        filled |= {"other": "none", "secret": "none", "rule": "none", "picture": 1}
        return template.format(**filled, file_path=file, token_id=token)

    def _token_of_city(self) -> int:
        with writing(self.engine) as session:
            user_id = self.people.city.user_id or 0
            issue_token(session, user_id=user_id, name="matrix")
            return tokens_of(session, user_id)[0].id or 0

    def call(self, client: Client, caller: str, method: str, template: str) -> int:
        """Call once in a session of its own: signing out must not sign out the callers after it."""
        client.cookies.clear()
        headers: dict[str, str] = {}
        if caller != "anonymous":
            secret, headers["X-CSRF-Token"] = open_browser(self.engine, getattr(self.people, caller))
            client.cookies.set("registry_session", secret)
        elif method != "GET" and not template.startswith("/sign"):
            # With a form token of its own: what keeps anybody out must be that nobody is signed in.
            client.cookies.set("registry_form", "nonce")
            headers["X-CSRF-Token"] = form_token(Identity(self.people.city, None, "nonce"))
        answer = client.request(method, self.path(template), headers=headers, follow_redirects=False)
        return answer.status_code


def open_browser(engine: Engine, actor: Actor) -> tuple[str, str]:
    """Sign an actor in; return the session's cookie and a token for its forms."""
    with writing(engine) as session:
        user = session.exec(select(UserAccount).where(UserAccount.id == actor.user_id)).one()
        secret = open_web_session(session, user)
    return secret, form_token(Identity(actor, "session", secret))


@pytest.fixture
def settings(data_dir: Path) -> Settings:
    return replace(load_settings(), is_demo=False, data_dir=data_dir)


@pytest.fixture
def stage(app: Litestar, engine: Engine, people: People, data_dir: Path, cheap_papers: None) -> Stage:
    kept_settings.cache_clear()
    with writing(engine) as session:
        code = create_project(session, people.city, dossier(province_name="浙江省"), reason="录入").code
        release_project(session, people.city, code, organisation_id=people.bank.organisation_id)
    secret, token = open_browser(engine, people.city)
    with TestClient(app) as client:
        client.cookies.set("registry_session", secret)
        made = [
            client.post(path, headers={"X-CSRF-Token": token})
            for path in (f"/api/v1/projects/{code}/assessments", "/api/v1/screenings")
        ]
    assessment, screening = (int(answer.headers["location"].rsplit("/", 1)[1]) for answer in made)
    package = release_package(
        engine,
        people.city,
        code,
        bank_id=people.bank.organisation_id or 0,
        as_of=date(2026, 3, 1),
        store=FolderStore(data_dir / "documents"),
    )
    return Stage(app, engine, people, code, assessment, screening, package.id or 0)


def test_every_route_has_a_row_and_every_row_a_route(stage: Stage) -> None:
    assert set(routes(stage.app)) == set(TABLE)


def test_every_route_answers_every_caller_as_the_table_says(stage: Stage) -> None:
    wrong: list[Any] = []
    with TestClient(stage.app, raise_server_exceptions=False) as client:
        for index, caller in enumerate(CALLERS):
            for (method, template), row in TABLE.items():
                # The address limit is not under test, and every caller here has one address.
                stage.app.state.sign_in_limits.by_address.forgive("testclient")
                status = stage.call(client, caller, method, template)
                if status != row[index]:
                    wrong.append((caller, method, template, f"expected {row[index]}, was {status}"))
    assert "\n".join(map(str, wrong)) == ""


def test_a_token_that_only_reads_changes_nothing(stage: Stage) -> None:
    with writing(stage.engine) as session:
        secret = issue_token(session, user_id=stage.people.city.user_id or 0, name="reader", scopes=())
    headers = {"Authorization": f"Bearer {secret}"}
    with TestClient(stage.app, raise_server_exceptions=False) as client:
        statuses = {
            (method, template): client.request(method, stage.path(template), headers=headers).status_code
            for method, template in TABLE
            if method != "GET"
        }
        assert client.get(f"/api/v1/projects/{stage.code}", headers=headers).status_code == 200
    assert {key: status for key, status in statuses.items() if status != 403} == {}


def test_every_package_taken_leaves_an_entry(stage: Stage) -> None:
    from registry.audit import AuditEntry  # noqa: PLC0415 - beside its only use

    with TestClient(stage.app, raise_server_exceptions=False) as client:
        for caller in ("other_bank", "bank", "ministry"):
            stage.call(client, caller, "POST", "/projects/{code}/package")
            stage.call(client, caller, "GET", "/packages/{number}/file")
    with reading(stage.engine) as session:
        of_packages = AuditEntry.action.in_(("package.build", "package.download"))  # type: ignore[attr-defined]
        taken = select(AuditEntry.action, AuditEntry.actor_id).where(of_packages).order_by(AuditEntry.id)  # type: ignore[arg-type]
        found = list(session.exec(taken))
    bank, ministry = stage.people.bank.user_id, stage.people.ministry.user_id
    assert found == [("package.download", bank), ("package.build", ministry), ("package.download", ministry)]
