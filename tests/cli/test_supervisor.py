from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from phlo_hooks.cli.errors import WorkerCrashedError
from phlo_hooks.cli.exit_codes import ExitCode
from phlo_hooks.cli.supervisor import (
    DONE,
    WORKING,
    Report,
    Restarts,
    Supervisor,
    Watch,
    read_report,
    worker_command,
    write_report,
)

QUICK = Restarts(first=0.01, longest=0.05)
WORKER = """
import json, os, pathlib, signal, sys, time
report = pathlib.Path(sys.argv[sys.argv.index("--report") + 1])
lives = pathlib.Path(sys.argv[1])
life = int(lives.read_text()) + 1 if lives.exists() else 1
lives.write_text(str(life))
def tell(phase, code=0, message="", **result):
    report.write_text(json.dumps({"phase": phase, "code": code, "message": message, "result": result}))
"""
STOPPABLE = "signal.signal(signal.SIGTERM, lambda *_: (tell('done', heard=True), sys.exit()))\ntell('working')"


def supervise(tmp_path: Path, code: str, **options: object) -> tuple[Supervisor, list[str]]:
    """Make a supervisor whose worker runs this code."""
    script = tmp_path / "worker.py"
    script.write_text(WORKER + code)
    said: list[str] = []
    given = {"say": said.append, "restarts": QUICK, **options}
    return Supervisor(command=[sys.executable, str(script), str(tmp_path / "lives")], **given), said  # type: ignore[arg-type]


def test_a_worker_that_reports_is_done(tmp_path: Path) -> None:
    """The result is what the worker wrote; nothing is said."""
    supervisor, said = supervise(tmp_path, "tell('done', answer=42)")

    report = supervisor.run()

    assert report.result == {"answer": 42}
    assert (supervisor.deaths, said) == (0, [])


@pytest.mark.parametrize(
    ("death", "words"),
    [
        ("os._exit(0)", "exited with code 0 without having finished"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "was ended by SIGKILL"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "was ended by SIGSEGV"),
        ("os.kill(os.getpid(), 40)", "was ended by signal 40"),
    ],
)
def test_an_exit_without_a_report_is_a_death(tmp_path: Path, death: str, words: str) -> None:
    """Exit code 0 proves nothing: the worker is started again, and a line says why."""
    supervisor, said = supervise(tmp_path, f"tell('working')\nif life < 3: {death}\ntell('done', life=life)")

    report = supervisor.run()

    assert report.result == {"life": 3}
    assert supervisor.deaths == 2
    assert words in said[0]
    assert "starting it again in 0.01 s" in said[0]


@pytest.mark.parametrize(
    ("death", "told"), [("os.kill(os.getpid(), signal.SIGKILL)", True), ("os._exit(0)", False)], ids=["kill", "exit"]
)
def test_the_next_worker_knows_of_a_kill(tmp_path: Path, death: str, told: bool) -> None:  # noqa: FBT001  # a case
    """Only a death by SIGKILL is told to the next worker, which then charges no event with it."""
    work = f"tell('working')\nif life < 2: {death}\ntell('done', told='--after-kill' in sys.argv)"
    supervisor, _ = supervise(tmp_path, work)

    report = supervisor.run()

    assert report.result == {"told": told}


def test_restarts_are_bounded(tmp_path: Path) -> None:
    """A worker that never gets to its end is given up, with the way to find out why."""
    supervisor, said = supervise(
        tmp_path, "tell('working')\nos._exit(3)", restarts=Restarts(first=0.01, longest=0.01, limit=3)
    )

    with pytest.raises(WorkerCrashedError, match=r"exited with code 3.* 3 times in a row before it was done"):
        supervisor.run()

    assert len(said) == 2


def test_a_worker_that_dies_while_loading_is_given_up_sooner(tmp_path: Path) -> None:
    """A plugin that ends the process at its import will do so each time."""
    supervisor, _ = supervise(tmp_path, "os._exit(0)")

    with pytest.raises(WorkerCrashedError, match="3 times in a row while it loaded plugins"):
        supervisor.run()


def test_a_calm_life_starts_the_count_afresh(tmp_path: Path) -> None:
    """Deaths that lie far apart are no series."""
    supervisor, _ = supervise(
        tmp_path,
        "tell('working')\nif life < 4: time.sleep(0.05); os._exit(1)\ntell('done')",
        restarts=Restarts(first=0.01, longest=0.01, limit=2, calm=0.02),
    )

    report = supervisor.run()

    assert (report.phase, supervisor.deaths) == (DONE, 3)


def test_an_error_worth_another_try_is_tried_again(tmp_path: Path) -> None:
    """A relay outlives a database that is away for a while; its error is what is said."""
    supervisor, said = supervise(
        tmp_path,
        "tell('done', *((4, 'database away') if life == 1 else ()))",
        restarts=Restarts(first=0.01, retried=frozenset({ExitCode.UNAVAILABLE})),
    )

    report = supervisor.run()

    assert report.code == 0
    assert said == ["database away; starting it again in 0.01 s"]


def test_an_error_that_stays_is_the_result(tmp_path: Path) -> None:
    """A wrong setting is not tried again."""
    supervisor, said = supervise(tmp_path, "tell('done', 2, 'wrong setting')")

    report = supervisor.run()

    assert (report.code, report.message, said) == (2, "wrong setting", [])


def test_extra_options_are_made_at_each_start(tmp_path: Path) -> None:
    """The time that is left is less at the second start."""
    given = iter([["--left", "10"], ["--left", "5"]])
    supervisor, _ = supervise(
        tmp_path, "tell('working')\nif life == 1: os._exit(0)\ntell('done', argv=sys.argv)", extra=lambda: next(given)
    )

    report = supervisor.run()

    assert report.result["argv"][2:4] == ["--left", "5"]


def test_a_worker_that_has_reported_may_not_linger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that some hook left behind does not keep the command from ending."""
    monkeypatch.setattr("phlo_hooks.cli.supervisor._LINGER", 0.2)
    supervisor, _ = supervise(tmp_path, "tell('done', ok=True)\ntime.sleep(60)")

    began = time.monotonic()
    report = supervisor.run()

    assert report.result == {"ok": True}
    assert time.monotonic() - began < 20


def test_the_worker_ends_with_what_it_works_for(tmp_path: Path) -> None:
    """When the parent is gone, the worker is asked to stop and what it reports counts."""
    ready = tmp_path / "ready"
    supervisor, _ = supervise(
        tmp_path, f"{STOPPABLE}\npathlib.Path({str(ready)!r}).touch()\ntime.sleep(60)", gone=ready.exists
    )

    report = supervisor.run()

    assert report.result == {"heard": True}


def test_a_worker_that_does_not_stop_is_killed(tmp_path: Path) -> None:
    """Grace has an end; the code is the command's own for a stop."""
    ready = tmp_path / "ready"
    supervisor, _ = supervise(
        tmp_path,
        f"signal.signal(signal.SIGTERM, signal.SIG_IGN)\npathlib.Path({str(ready)!r}).touch()\ntime.sleep(60)",
        gone=ready.exists,
        grace=0.3,
    )

    began = time.monotonic()
    report = supervisor.run()

    assert report.code == ExitCode.INTERRUPTED
    assert time.monotonic() - began < 20


def test_a_stop_ends_the_pause_between_two_lives(tmp_path: Path) -> None:
    """Whoever stops a relay does not wait for its backoff."""
    lives = tmp_path / "lives"
    said: list[str] = []
    supervisor, _ = supervise(
        tmp_path,
        "tell('working')\nos._exit(0)",
        restarts=Restarts(first=60, longest=60),
        say=said.append,
        gone=lambda: bool(said),
    )

    began = time.monotonic()
    report = supervisor.run()

    assert time.monotonic() - began < 20
    assert report.code == ExitCode.INTERRUPTED
    assert lives.read_text() == "1"


def test_signals_are_passed_on_and_handlers_put_back(tmp_path: Path) -> None:
    """SIGTERM to the supervisor stops the worker; afterwards the process is as it was."""
    supervisor, _ = supervise(
        tmp_path,
        f"{STOPPABLE}\ntime.sleep(60)",
    )
    before = signal.getsignal(signal.SIGTERM)

    def stop_when_it_lives() -> None:
        while not (tmp_path / "lives").exists():
            time.sleep(0.05)
        time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=stop_when_it_lives, daemon=True).start()
    report = supervisor.run()

    assert report.result == {"heard": True}
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_second_signal_kills(tmp_path: Path) -> None:
    """Who presses Ctrl-C twice means it."""
    supervisor, _ = supervise(
        tmp_path, "signal.signal(signal.SIGTERM, signal.SIG_IGN)\ntell('working')\ntime.sleep(60)", grace=60.0
    )

    def press_twice() -> None:
        while not (tmp_path / "lives").exists():
            time.sleep(0.05)
        for _ in range(2):
            time.sleep(0.5)
            os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=press_twice, daemon=True).start()
    began = time.monotonic()
    report = supervisor.run()

    assert report.code == ExitCode.INTERRUPTED
    assert time.monotonic() - began < 20


def test_supervising_from_another_thread_leaves_signals_alone(tmp_path: Path) -> None:
    """Python takes signal handlers in the main thread only; elsewhere supervising works without."""
    supervisor, _ = supervise(tmp_path, "tell('done', ok=True)")
    reports: list[Report] = []

    thread = threading.Thread(target=lambda: reports.append(supervisor.run()))
    thread.start()
    thread.join(30)

    assert reports[0].result == {"ok": True}


def test_reports_are_read_whole_or_not_at_all(tmp_path: Path) -> None:
    """Half a report is no report, and one for a supervisor that is gone is written nowhere."""
    path = tmp_path / "report.json"
    path.write_text('{"phase": "do')
    torn = read_report(path)
    write_report(path, Report(phase=WORKING, result={"a": 1}))
    write_report(tmp_path / "gone" / "report.json", Report())

    assert torn == Report()
    assert read_report(path).result == {"a": 1}


def test_a_process_that_ended_is_seen_to_be_gone() -> None:
    """Whether it is our parent, another process, or one whose id was never given."""
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    other, parent = Watch(child.pid), Watch(os.getppid())
    alive = (other.gone(), parent.gone(), Watch(1).gone())
    child.communicate(b"\n")

    assert alive == (False, False, False)
    assert other.gone()
    assert Watch(2**22 + 1).gone()


def test_a_process_of_another_user_is_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    """That we may not signal it shows that it is there."""
    watch = Watch(1)

    def refuse(_pid: int, _signal: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "kill", refuse)

    assert not watch.gone()


def test_the_worker_is_this_python_and_this_command() -> None:
    """The worker runs what the user typed, in the environment it was typed in."""
    assert worker_command(("relay", "-m", "x")) == [sys.executable, "-m", "phlo_hooks", "relay", "-m", "x"]
