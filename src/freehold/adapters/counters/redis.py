"""Counting in Redis: one Lua script per step, which Redis runs alone, by its own clock.

A bucket is a hash: `hits`, and `opens` (milliseconds) while there is a pause. Redis forgets it when its time is over.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

from freehold.ports.counters import Backoff, CountersUnavailable, Window

_COUNT = """
if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('HSET', KEYS[1], 'hits', 1)
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  return 0
end
local hits = tonumber(redis.call('HGET', KEYS[1], 'hits'))
if hits < tonumber(ARGV[1]) then
  redis.call('HINCRBY', KEYS[1], 'hits', 1)
  return 0
end
return math.max(redis.call('PTTL', KEYS[1]), 1)
"""
_ATTEMPT = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local opens = tonumber(redis.call('HGET', KEYS[1], 'opens') or '0')
if opens > now then
  return opens - now
end
local hits = redis.call('HINCRBY', KEYS[1], 'hits', 1)
local free = tonumber(ARGV[1])
if hits >= free then
  local pause = math.min(tonumber(ARGV[3]), tonumber(ARGV[2]) * 2 ^ math.min(hits - free, 20))
  redis.call('HSET', KEYS[1], 'opens', string.format('%.0f', now + pause * 1000))
end
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 0
"""
_GIVE_BACK = """
local hits = tonumber(redis.call('HGET', KEYS[1], 'hits') or '0')
if hits > 0 then
  redis.call('HINCRBY', KEYS[1], 'hits', -1)
  redis.call('HDEL', KEYS[1], 'opens')
end
return 0
"""


class RedisCounters:
    """`url` is redis:// or rediss://. A Redis that is slow counts as one that does not answer."""

    def __init__(self, url: str, *, timeout: float = 0.5, prefix: str = "freehold:limit:") -> None:
        # An extra: without it nobody asks for this adapter.
        redis = import_module("redis")
        self._error, self._prefix = redis.RedisError, prefix
        self._client = client = redis.Redis.from_url(url, socket_timeout=timeout, socket_connect_timeout=timeout)
        # The scripts are sent by their hash, and in full to a Redis that has forgotten them.
        self._count = client.register_script(_COUNT)
        self._attempt = client.register_script(_ATTEMPT)
        self._give_back = client.register_script(_GIVE_BACK)

    def count(self, bucket: str, window: Window) -> float:
        with self._answering():
            return int(self._count([self._key(bucket)], [window.amount, window.seconds * 1000])) / 1000

    def attempt(self, bucket: str, backoff: Backoff) -> float:
        facts = [backoff.free, backoff.first, backoff.cap, backoff.memory * 1000]
        with self._answering():
            return int(self._attempt([self._key(bucket)], facts)) / 1000

    def give_back(self, bucket: str) -> None:
        with self._answering():
            self._give_back([self._key(bucket)])

    def forget(self, bucket: str) -> None:
        with self._answering():
            self._client.delete(self._key(bucket))

    def forget_ended(self) -> int:
        return 0

    def _key(self, bucket: str) -> str:
        return f"{self._prefix}{bucket}"

    @contextmanager
    def _answering(self) -> Iterator[None]:
        try:
            yield
        except self._error as error:
            raise CountersUnavailable(type(error).__name__) from error
