"""Keep what was read, so that the tables and charts of one page are one read, and equal.

Every write to the registry leaves an audit entry, so the head of the audit log names the state of the whole database:
what was read under one head serves everybody with the same sight until anything is written.
"""

import datetime as dt
from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock

from sqlalchemy import Engine

from registry import audit
from registry.accounts.model import Actor
from registry.accounts.permissions import may
from registry.database import reading
from registry.portfolio.queries import Evidence, gather

MOST_KEPT = 4
"""A nation of 300,000 projects takes some 300 MB: few are kept, the least used goes first."""


class KeptEvidence:
    """The evidence of the last questions, in this process."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._kept: OrderedDict[Hashable, Evidence] = OrderedDict()
        self._lock = Lock()

    def gather(self, actor: Actor, *, as_of: dt.date, today: dt.date) -> Evidence:
        """Return the evidence as `queries.gather` would, read before where nothing was written since.

        Its `actor` may be another person of the same sight. Raises as `queries.gather`.
        """
        fresh = gather(self._engine, actor, as_of=as_of, today=today)
        with reading(self._engine) as session:
            head = audit.head_hash(session)
        sight = (actor.group, actor.organisation_id, actor.division_code, may(actor, "read_applications"))
        key = (head, sight, as_of, today)
        with self._lock:
            found = self._kept.setdefault(key, fresh)
            self._kept.move_to_end(key)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return found
