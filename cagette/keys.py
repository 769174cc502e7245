"""The key that names a request, so that it is answered once: what it holds, and the fingerprint of what was asked."""

from __future__ import annotations

import hashlib
import json

KEY_LENGTH = 64


def body_hash(body: object) -> str:
    """Return a fingerprint of what was asked, the same however its keys were ordered."""
    return hashlib.sha256(json.dumps(body, sort_keys=True, default=str).encode()).hexdigest()
