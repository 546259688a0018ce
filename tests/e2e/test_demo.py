"""`certsvc demo`: it shows the whole job, notices what is not as it must be, and leaves nothing running."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from certsvc.agencies.sandbox.scenario import load_scenario, shipped_text
from certsvc.cli.demo.show import Show
from certsvc.cli.output import Output
from certsvc.v1 import certificate_service_pb2 as pb

DEMO = [sys.executable, "-m", "certsvc.cli", "demo"]


def left_running(work: Path) -> list[str]:
    """The command lines of processes that were started for a demo in this temporary folder."""
    found = []
    for process in psutil.process_iter():
        try:
            line = " ".join(process.cmdline())
        except psutil.Error:
            continue
        if str(work) in line and process.pid != os.getpid():
            found.append(line)
    return found


def environment(work: Path) -> dict[str, str]:
    return {**os.environ, "TMPDIR": str(work)}


def test_the_demo_ends_as_the_cast_expects_and_keeps_what_a_bank_needs(tmp_short: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    ran = subprocess.run(
        [*DEMO, "--json", "--lang", "en", "--out", str(out)],
        env=environment(tmp_short),
        capture_output=True,
        timeout=100,
    )
    assert ran.returncode == 0, ran.stderr.decode()
    shown = json.loads(ran.stdout)
    expected = {m.key: (m.expected.result.value, list(m.expected.reasons)) for m in load_scenario(shipped_text()).cast}
    assert {d["key"]: (d["result"], d["codes"]) for d in shown["decisions"]} == expected
    assert all(r["text"] and r["remedy"] for d in shown["decisions"] for r in d["reasons"])
    assert {v["status"] for v in shown["verdicts"]["offline"].values()} == {"VALID"}
    assert shown["verdicts"]["after"]["clear"]["status"] == "REVOKED"
    cheats = shown["verdicts"]["cheats"]
    assert [cheats[key]["status"] for key in ("tampered", "expired", "rolled_back")] == [
        "INVALID",
        "UNKNOWN",
        "REVOKED",
    ]
    assert cheats["rolled_back"]["bundle"]["status"] == "refused"
    assert shown["surprises"] == []
    assert len((out / "root.txt").read_text().strip()) == 43
    assert {path.name for path in (out / "tokens").iterdir()} == {"clear.jwt", "arrangement.jwt", "no-policy.jwt"}
    assert left_running(tmp_short) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_demo_that_is_cut_off_leaves_no_process_behind(tmp_short: Path, number: signal.Signals) -> None:
    demo = subprocess.Popen([*DEMO, "--lang", "en"], env=environment(tmp_short), stdout=subprocess.PIPE, text=True)
    assert demo.stdout is not None
    with demo.stdout:
        for line in demo.stdout:
            if line.startswith("2."):  # the database, the agencies and the service are running
                break
        assert left_running(tmp_short)
        demo.send_signal(number)
        demo.wait(60)
        # Servers of a killed demo are ended by the kernel and need a moment for an orderly stop; their output
        # closes with the last of them, or they can be waited for one by one.
        psutil.wait_procs([p for p in psutil.process_iter() if str(tmp_short) in " ".join(_line(p))], timeout=60)
    assert left_running(tmp_short) == []


def _line(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []


def test_a_decision_other_than_the_expected_one_is_a_surprise(capsys: pytest.CaptureFixture[str]) -> None:
    member = next(m for m in load_scenario(shipped_text()).cast if m.key == "clear")
    show = Show(Output("en", as_json=False))
    show.decided(member, pb.Application(state=pb.Application.STATE_PENDING))
    show.end(None)
    assert any("result" in surprise for surprise in show.surprises)
    assert "NOT AS EXPECTED" in capsys.readouterr().out
