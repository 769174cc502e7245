"""Who is at work: each worker and beat leaves a stamp in Valkey that fades when it no longer turns."""

import os
import socket
import time

import redis
from django.conf import settings

FADES_AFTER_SECONDS = 30


def client() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1, retry=None)


def stamp(kind: str) -> None:
    """Say that this process turns. A broker that is away is no reason to stop turning."""
    try:
        client().set(f"cagette:{kind}:{socket.gethostname()}:{os.getpid()}", time.time(), ex=FADES_AFTER_SECONDS)
    except redis.RedisError:
        return


def seen(kind: str) -> dict[str, float]:
    """Each process of the kind that turned lately, and how many seconds ago. Raises `redis.RedisError`."""
    connection = client()
    keys = [key.decode() for key in connection.scan_iter(f"cagette:{kind}:*")]
    stamps = zip(keys, connection.mget(keys) if keys else [], strict=True)
    now = time.time()
    return {key.split(":", 2)[2]: max(0.0, now - float(at)) for key, at in stamps if at is not None}
