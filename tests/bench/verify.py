"""How fast a certificate is verified, beside the bare signature check that it cannot do without.

    python -m tests.bench.verify [--json] [--rounds N] [--count N]

Prints the machine, the versions, and two tables. Verifying: certificates a second through `verify` (text, header,
key, signature, claims, dates, status) and bare ECDSA checks of the same signatures, in alternating rounds on one
thread; medians, and the median of the ratios round by round. Start-up: the wall time of a Python process that
imports the verifier, one that imports the same parts of `cryptography`, one that runs the command's help, and a
bare one, alternating.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from statistics import median

import cryptography
from cryptography.hazmat.backends.openssl import backend
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

from certsvc.core.jose import b64url_decode
from certsvc.verifier import VALID, verify
from tests.trust_kit import NOW, TrustKit

CRYPTOGRAPHY = """
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
"""
STARTS = {
    "bare": ["-c", "pass"],
    "cryptography": ["-c", CRYPTOGRAPHY],
    "verifier": ["-c", "import certsvc.verifier"],
    "command": ["-m", "certsvc.verifier", "--help"],
}


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description="Measure the verifier.")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--count", type=int, default=1000, help="certificates in each round")
    options = parser.parse_args()
    results = {
        "machine": _machine(),
        "verify": _measure_verify(options.rounds, options.count),
        "start_up": _measure_start(options.rounds),
    }
    print(json.dumps(results, indent=2) if options.json else _table(results))


def _machine() -> dict[str, object]:
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "cryptography": cryptography.__version__,
        "openssl": backend.openssl_version_text(),
    }


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            return next(line.partition(":")[2].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def _measure_verify(rounds: int, count: int) -> dict[str, float]:
    """Rates by CPU time of this thread, so that other work on the machine counts less."""
    kit = TrustKit()
    trust = kit.trust({8: 1})
    tokens = [kit.certificate(serial=f"BENCH-{n}", status_index=n + 100) for n in range(count)]
    key = kit.certificates.key.public_key()
    algorithm = ec.ECDSA(hashes.SHA256())
    parts = [token.rpartition(".") for token in tokens]
    signed = [(_der(b64url_decode(signature)), text.encode()) for text, _, signature in parts]

    def whole() -> None:
        for token in tokens:
            assert verify(token, trust, NOW).status == VALID

    def raw() -> None:
        for signature, data in signed:
            key.verify(signature, data, algorithm)

    pairs = [(_cpu(raw), _cpu(whole)) for _ in range(rounds)]
    return {
        "raw_per_second": count / median(pair[0] for pair in pairs),
        "verified_per_second": count / median(pair[1] for pair in pairs),
        "ratio": median(pair[0] / pair[1] for pair in pairs),
        "added_microseconds": median(pair[1] - pair[0] for pair in pairs) / count * 1e6,
    }


def _der(raw: bytes) -> bytes:
    return utils.encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))


def _cpu(work: Callable[[], None]) -> float:
    start = time.thread_time()
    work()
    return time.thread_time() - start


def _measure_start(rounds: int) -> dict[str, dict[str, float]]:
    times: dict[str, list[float]] = {name: [] for name in STARTS}
    # Bytecode is kept, as an installed package has it; the first round, which writes it, does not count.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryDirectory() as folder:
        environment["PYTHONPYCACHEPREFIX"] = folder
        for number in range(rounds + 1):
            for name, arguments in STARTS.items():
                taken = _wall([sys.executable, *arguments], environment)
                if number:
                    times[name].append(taken)
    bare = times["bare"]
    return {
        name: {
            "milliseconds": median(taken) * 1000,
            "ratio_to_bare": median(t / b for t, b in zip(taken, bare, strict=True)),
        }
        for name, taken in times.items()
    }


def _wall(command: list[str], environment: dict[str, str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    return time.perf_counter() - start


def _table(results: dict[str, object]) -> str:
    lines = []
    for heading, values in results.items():
        lines.append(heading)
        assert isinstance(values, dict)
        lines += [f"  {name:22} {_cell(value)}" for name, value in values.items()]
    return "\n".join(lines)


def _cell(value: object) -> str:
    if isinstance(value, dict):
        return "  ".join(f"{name} {_cell(part)}" for name, part in value.items())
    if isinstance(value, float):
        return f"{value:.3f}" if value < 100 else f"{value:.0f}"
    return str(value)


if __name__ == "__main__":
    main()
