"""The broker's twins do the same, and losing Redis costs freshness only."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from kernel.broker import Broker, InProcessBroker, RedisBroker, open_broker
from kernel.ids import new_id


@pytest.fixture(params=["in process", "redis"])
def broker(request: pytest.FixtureRequest) -> Iterator[Broker]:
    opened = open_broker("" if request.param == "in process" else request.getfixturevalue("redis_url"))
    yield opened
    opened.close()


def test_limits_count_within_a_window(broker: Broker) -> None:
    key = f"try:{new_id()}"
    assert [broker.allow(key, limit=3, seconds=60) for _ in range(5)] == [True, True, True, False, False]
    assert broker.allow(f"{key}:other", limit=3, seconds=60)


def test_messages_reach_every_listener_of_their_topic(broker: Broker) -> None:
    topic, heard, arrived = f"topic-{new_id()}", [], threading.Semaphore(0)

    def hear(message: bytes) -> None:
        heard.append(message)
        arrived.release()

    broker.listen(topic, hear)
    broker.listen(f"{topic}-other", lambda _message: heard.append(b"wrong topic"))
    for number in range(200):  # until the subscription stands
        broker.publish(topic, b"hello")
        if arrived.acquire(timeout=0.05):
            break
        assert number < 199
    assert set(heard) == {b"hello"}
    assert broker.ready()


def test_two_processes_share_limits_through_redis(redis_url: str) -> None:
    one, two, key = RedisBroker(redis_url), RedisBroker(redis_url), f"try:{new_id()}"
    assert one.allow(key, limit=1, seconds=60)
    assert not two.allow(key, limit=1, seconds=60)
    one.close()
    two.close()


def test_without_redis_work_goes_on() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        away = RedisBroker(f"redis://127.0.0.1:{unused.getsockname()[1]}/0")
        heard: list[bytes] = []
        away.listen("topic", heard.append)
        assert [away.allow("key", limit=2, seconds=60) for _ in range(3)] == [True, True, False]
        away.publish("topic", b"here at least")
        assert heard == [b"here at least"]
        assert not away.ready()
        away.close()


def test_the_url_chooses_the_twin(redis_url: str) -> None:
    assert isinstance(open_broker(""), InProcessBroker)
    twin = open_broker(redis_url)
    assert isinstance(twin, RedisBroker)
    twin.close()
