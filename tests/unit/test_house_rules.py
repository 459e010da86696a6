"""The guards of conftest work: a guard nobody has seen refuse is no guard."""

from __future__ import annotations

import random
import socket
from pathlib import Path

import numpy as np
import pytest

from tests import conftest


def test_a_connection_that_leaves_the_machine_is_refused():
    with socket.socket() as outward, pytest.raises(AssertionError, match="stay on this machine"):
        outward.connect(("192.0.2.1", 80))


def test_a_connection_on_the_machine_is_let_through():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as client:
        client.connect(server.getsockname())


@pytest.mark.parametrize("draw", [random.random, np.random.random])
def test_a_draw_from_the_shared_random_state_is_noticed(draw):
    python, numpy = random.getstate(), np.random.get_state()
    guard = conftest.global_random_state_stays_untouched.__wrapped__()
    next(guard)
    draw()
    with pytest.raises(AssertionError, match="global random state"):
        next(guard)
    random.setstate(python)
    np.random.set_state(numpy)


def _ask_for_real_data() -> Path:
    return conftest.real_data_dir.__wrapped__()


def test_absent_real_data_skip_a_test_at_home_and_fail_it_on_the_build_server(monkeypatch, tmp_path):
    monkeypatch.setenv("OPENTRS_DATA", str(tmp_path / "absent"))
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception):
        _ask_for_real_data()
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception):
        _ask_for_real_data()


def test_present_real_data_are_found_by_their_variable(monkeypatch, tmp_path):
    monkeypatch.setenv("OPENTRS_DATA", str(tmp_path))
    assert _ask_for_real_data() == tmp_path.resolve()
