"""A keyed bijection, so that a status index shows neither order nor volume of issue.

Invariants
- For one key and size, `place` maps each counter below `size` to an index below `size`, no two to the same.
- Without the key, the index says nothing of the counter.

A Feistel network permutes the smallest domain of 4^n numbers that holds `size`; a result at or beyond `size`
is permuted again until it falls below (cycle walking: Black and Rogaway, CT-RSA 2002). The domain is less than
four times the size, so four walks are the average at worst.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b

from certsvc.core.statuslist import SIZE

_ROUNDS = 8


def place(key: bytes, counter: int, size: int = SIZE) -> int:
    """The index for this counter. Raises ValueError unless the key has 16 to 64 bytes and 0 <= counter < size."""
    if not 16 <= len(key) <= 64:
        raise ValueError("the key must have 16 to 64 bytes")
    if not 0 <= counter < size:
        raise ValueError("the counter must lie below the size")
    half = max(1, ((size - 1).bit_length() + 1) // 2)
    index = _permute(key, counter, half)
    while index >= size:
        index = _permute(key, index, half)
    return index


def _permute(key: bytes, value: int, half: int) -> int:
    """A permutation of the numbers below 4^half."""
    mask = (1 << half) - 1
    left, right = value >> half, value & mask
    for number in range(_ROUNDS):
        left, right = right, left ^ (_round(key, number, right) & mask)
    return left << half | right


# A list of the usual size has 8 rounds of 512 values, so that after a while nothing is hashed any more; twice that,
# since two lists are filled when a quarter ends. Without it the hashing is a tenth of the work of an issue.
@lru_cache(maxsize=2 * _ROUNDS * 512)
def _round(key: bytes, number: int, right: int) -> int:
    """The round function: pseudo-random, and different in each round."""
    block = number.to_bytes(1, "big") + right.to_bytes(8, "big")
    return int.from_bytes(blake2b(block, digest_size=8, key=key).digest(), "big")
