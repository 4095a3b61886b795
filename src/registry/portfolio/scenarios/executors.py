"""Where chunks of work run: threads of this process or a Dask cluster; one call, the same results in one order."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

from registry.errors import RegistryError

Chunk = TypeVar("Chunk")
Result = TypeVar("Result")

RETRIES = 3
"""How often a chunk is begun anew after a worker was lost."""
CONNECT_SECONDS = 10


class NoCluster(RegistryError):
    """The Dask cluster that is set cannot be used."""

    code = "no-cluster"


class _Pending(Protocol):
    def result(self) -> Any:
        """Return the result, once it is there."""


Submit = Callable[[Any, Any], _Pending]


def run_chunks(work: Callable[[Chunk], Result], chunks: Iterable[Chunk], *, scheduler: str | None) -> Iterator[Result]:
    """Yield the result of each chunk, in the order of the chunks; only a few are open at a time.

    `scheduler` is the address of a Dask scheduler, None for threads. Raises NoCluster.
    """
    opened = _threads() if scheduler is None else _cluster(scheduler)
    with opened as (submit, places):
        pending: deque[_Pending] = deque()
        for chunk in chunks:
            pending.append(submit(work, chunk))
            if len(pending) >= 2 * places:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()


@contextmanager
def _threads() -> Iterator[tuple[Submit, int]]:
    places = os.cpu_count() or 1
    with ThreadPoolExecutor(places) as pool:
        yield pool.submit, places


@contextmanager
def _cluster(address: str) -> Iterator[tuple[Submit, int]]:
    try:
        # An optional part: nothing of it loads where no cluster is set.
        import distributed  # noqa: PLC0415
    except ImportError:
        raise NoCluster(
            "已设置 REGISTRY_DASK_SCHEDULER，但未安装 Dask；请安装 registry[dask]",
            "REGISTRY_DASK_SCHEDULER is set, but Dask is not installed; install registry[dask]",
        ) from None
    connect: Any = distributed.Client  # the package has no types of its own
    try:
        client: Any = connect(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise NoCluster(
            f"无法连接 Dask 调度器 {address}：{error}", f"The Dask scheduler {address} does not answer: {error}"
        ) from None
    with client:

        def submit(work: Any, chunk: Any) -> _Pending:
            # Not pure: equal chunks of two runs are no reason to keep results on the cluster.
            pending: _Pending = client.submit(work, chunk, pure=False, retries=RETRIES)
            return pending

        yield submit, max(1, sum(client.nthreads().values()))
