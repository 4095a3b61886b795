"""Slows down whoever guesses passwords. Counts live in this process; with N workers the limit is N times as high."""

import time
from collections import deque
from threading import Lock
from typing import Any

from litestar import Request

from registry.errors import RegistryError

_MOST_KEYS = 50_000


def address(request: Request[Any, Any, Any]) -> str:
    """Return where a request comes from, for counting attempts."""
    return request.client.host if request.client else "?"


class TooManyAttempts(RegistryError):
    """Too many attempts in a short time; try again after `retry_after` seconds."""

    code = "too-many-attempts"

    def __init__(self, retry_after: int) -> None:
        super().__init__(
            f"尝试次数过多，请 {retry_after} 秒后再试", f"Too many attempts; try again in {retry_after} seconds"
        )
        self.retry_after = retry_after


class Throttle:
    """At most `limit` attempts in any `seconds` for one key."""

    def __init__(self, *, limit: int, seconds: float) -> None:
        self._limit = limit
        self._seconds = seconds
        self._attempts: dict[str, deque[float]] = {}
        self._lock = Lock()

    def attempt(self, key: str) -> None:
        """Count an attempt before it is made. Raises TooManyAttempts."""
        moment = time.monotonic()
        with self._lock:
            if len(self._attempts) >= _MOST_KEYS:
                self._attempts = {name: times for name, times in self._attempts.items() if self._is_recent(times)}
            times = self._attempts.setdefault(key, deque())
            while times and times[0] <= moment - self._seconds:
                times.popleft()
            if len(times) >= self._limit:
                raise TooManyAttempts(max(1, round(times[0] + self._seconds - moment)))
            times.append(moment)

    def forgive(self, key: str) -> None:
        """Forget the attempts of a key: it has just proved itself."""
        with self._lock:
            self._attempts.pop(key, None)

    def _is_recent(self, times: deque[float]) -> bool:
        return bool(times) and times[-1] > time.monotonic() - self._seconds
