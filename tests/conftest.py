"""What every test gets: both engines, the real data where they are, no network, no global randomness."""

from __future__ import annotations

import os
import random
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ibis.backends import BaseBackend

from tests.support.engines import ENGINES

REPOSITORY = Path(__file__).resolve().parent.parent
LOOPBACK = ("127.", "::1", "localhost")


@pytest.fixture(scope="session")
def repository() -> Path:
    """The top folder of the checkout."""
    return REPOSITORY


@pytest.fixture(params=sorted(ENGINES))
def engine(request: pytest.FixtureRequest) -> Iterator[BaseBackend]:
    """Each database in turn, empty and in memory."""
    backend = ENGINES[request.param]()
    yield backend
    backend.disconnect()


@pytest.fixture(scope="session")
def real_data_dir() -> Path:
    """The folder of public data sets: ``OPENTRS_DATA``, or ``../shared/data`` beside the checkout.

    A test that asks for it is skipped where the data are absent, and fails on the build server.
    """
    named = os.environ.get("OPENTRS_DATA")
    folder = Path(named) if named else REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        reason = "The public data sets are not here. Set OPENTRS_DATA to their folder."
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return folder.resolve()


@pytest.fixture(autouse=True)
def global_random_state_stays_untouched() -> Iterator[None]:
    """Fail a test during which anything drew from, or seeded, a random state that everybody shares."""
    before = (random.getstate(), _numpy_state())
    yield
    assert (random.getstate(), _numpy_state()) == before, "the test touched the global random state"


def _numpy_state() -> tuple[str, bytes, int]:
    name, keys, position, *_ = np.random.get_state()
    return name, keys.tobytes(), position


@pytest.fixture(autouse=True, scope="session")
def network_is_closed() -> Iterator[None]:
    """Refuse every connection that would leave this machine."""
    with pytest.MonkeyPatch.context() as patch:
        for method in ("connect", "connect_ex"):
            patch.setattr(socket.socket, method, _on_this_machine_only(getattr(socket.socket, method)))
        yield


def _on_this_machine_only(connect: Any) -> Any:
    def guarded(self: socket.socket, address: Any) -> Any:
        is_inet = self.family in (socket.AF_INET, socket.AF_INET6)
        if is_inet and not str(address[0]).startswith(LOOPBACK):
            raise AssertionError(f"a test tried to reach {address[0]}; tests stay on this machine")
        return connect(self, address)

    return guarded
