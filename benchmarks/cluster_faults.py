"""What a user of a cluster meets when something goes wrong: each fault, seen through the command line.

    python benchmarks/cluster_faults.py [fault …]

Every host is a network namespace of its own where the machine allows it (root on Linux), else processes over TCP, and
faults that need hosts are left out. Prints Markdown: seconds from the fault until the user is told, seconds until
training goes on or ends, what was saved, and whether the weights are those of a run without faults.
"""

from __future__ import annotations

import contextlib
import gzip
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import machine
import numpy as np
import psutil

from digits20 import load_model
from digits20.persistence.payload import read
from digits20.system.shipped import shipped

PARTS, ITERATIONS, HOSTS = 8, 500, 3
MEMORY, COPIES = "120MB", 20  # of a worker, and times each image: a partition does not fit
AT = 5.0  # seconds after training starts
LIMIT = 240.0  # seconds after which a run counts as hanging
SILENCE = 15.0  # seconds without a word that are too many
PORT = 8786
NAMESPACES = os.geteuid() == 0 and subprocess.run(["ip", "netns"], capture_output=True).returncode == 0
TTL = 20  # seconds after which the scheduler gives up a silent worker; Dask's default is 300
ENVIRONMENT = os.environ | {
    "PYTHONUNBUFFERED": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": f"{TTL}s",
}


# hosts


def ip(command: str) -> None:
    subprocess.run(["ip", *command.split()], check=True)


class Hosts:
    """`hub` with the scheduler and the command, and hosts with a worker each, all on one switch."""

    def __init__(self, folder: Path, hosts: int = HOSTS) -> None:
        self.folder, self.stack, self.name = folder, contextlib.ExitStack(), f"d20x{os.getpid()}"
        self.address = "tcp://10.99.0.1:8786" if NAMESPACES else f"tcp://127.0.0.1:{PORT}"
        self.workers: list[psutil.Popen] = []
        self.environment = dict(ENVIRONMENT)
        if NAMESPACES:
            for host in range(hosts + 1):
                ip(f"netns add {self.name}{host}")
                self.stack.callback(ip, f"netns del {self.name}{host}")
                ip(f"-n {self.name}{host} link set lo up")
            ip(f"-n {self.name}0 link add hub type bridge")
            ip(f"-n {self.name}0 addr add 10.99.0.1/24 dev hub")
            ip(f"-n {self.name}0 link set hub up")
            for host in range(1, hosts + 1):
                ip(f"-n {self.name}0 link add to{host} type veth peer name eth netns {self.name}{host}")
                ip(f"-n {self.name}0 link set to{host} master hub")
                ip(f"-n {self.name}0 link set to{host} up")
                ip(f"-n {self.name}{host} addr add 10.99.0.{host + 1}/24 dev eth")
                ip(f"-n {self.name}{host} link set eth up")

    def start(self, host: int, command: list[str], before: str = "", **options: object) -> psutil.Popen:
        inside = ["ip", "netns", "exec", f"{self.name}{host}"] if NAMESPACES else []
        shell = ["sh", "-c", f'{before}; exec "$@"', "sh"] if before else []
        options = {"env": self.environment, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL} | options
        process = psutil.Popen([*inside, *shell, *command], **options)
        self.stack.callback(end, process)
        return process

    def scheduler(self) -> psutil.Popen:
        host = self.address.split("//")[1].rsplit(":", 1)[0]
        command = ["scheduler", "--host", self.address.split(":")[0] + "://" + host, "--port", str(PORT)]
        command += ["--no-dashboard", "--dashboard-address", "127.0.0.1:0"]
        return self.start(0, [sys.executable, "-m", "dask", *command])

    def worker(self, host: int, *more: str, **options: object) -> psutil.Popen:
        at = f"10.99.0.{host + 1}" if NAMESPACES else "127.0.0.1"
        local = ["--host", self.address.split(":")[0] + "://" + at, "--no-dashboard", "--nthreads", "1"]
        local += ["--local-directory", str(self.folder / f"w{host}"), *more]
        process = self.start(host, [sys.executable, "-m", "dask", "worker", self.address, *local], **options)
        self.workers.append(process)
        return process

    def link(self, host: int, state: str) -> None:
        ip(f"-n {self.name}{host} link set eth {state}")


def end(process: psutil.Process) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        for one in [*process.children(recursive=True), process]:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()
    process.wait()


def signalled(process: psutil.Process, number: int, nanny: bool = True) -> None:
    """Send it to the process and what it has started, or only to the latter."""
    for one in process.children(recursive=True) + [process] * nanny:
        with contextlib.suppress(psutil.NoSuchProcess):
            one.send_signal(number)


# a run of the command


class Command:
    """`digits20 train` as a user starts it, and the lines that it has printed, each with its time."""

    def __init__(self, hosts: Hosts, parts: Path, name: str = "model", *more: str) -> None:
        self.model = hosts.folder / f"{name}.pkl"
        self.checkpoint = self.model.with_suffix(".checkpoint")
        command = [sys.executable, "-m", "digits20.train", "--data", f"{parts}/*.csv.gz", "--max-iter", str(ITERATIONS)]
        command += ["--scheduler", hosts.address, "--model", str(self.model), "--no-plot", *more]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        self.process = hosts.start(0, command, **pipes)
        self.lines: list[tuple[float, str]] = []
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self) -> None:
        for line in self.process.stdout:
            self.lines.append((time.monotonic(), line.rstrip()))

    def training(self, limit: float = LIMIT) -> None:
        """Wait until it trains, or has ended."""
        over = time.monotonic() + limit
        while time.monotonic() < over and self.process.poll() is None:
            if any(line.startswith("network ") for _, line in self.lines):
                return
            time.sleep(0.05)

    def wait(self, limit: float = LIMIT) -> int | None:
        """Its exit code, or None where it hangs."""
        with contextlib.suppress(psutil.TimeoutExpired, subprocess.TimeoutExpired):
            self.process.wait(limit)
        code = self.process.poll()
        end(self.process)
        self.thread.join(5)
        return code

    def written(self) -> float:
        return self.checkpoint.stat().st_mtime if self.checkpoint.exists() else 0.0


OFTEN = "--checkpoint-every", "0.5"


class Watch:
    """From the fault on: when the next checkpoint is written, that is, training goes on."""

    def __init__(self, command: Command) -> None:
        self.command, self.at, self.clock = command, time.monotonic(), time.time()
        self.on: float | None = None
        threading.Thread(target=self._look, daemon=True).start()

    def _look(self) -> None:
        while self.on is None and self.command.thread.is_alive():  # no poll: it would take the exit code from wait
            written = self.command.written()
            if written > self.clock + 0.6:
                self.on = written - self.clock
            time.sleep(0.05)


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def row(name: str, command: Command, watch: Watch, reference: bytes, limit: float = LIMIT) -> list[str]:
    code = command.wait(limit)
    over = time.monotonic() - watch.at
    after = [(at - watch.at, line) for at, line in command.lines if at > watch.at]
    told = next(((at, line) for at, line in after if re.search(r"note: (?!training:)|error:", line)), None)
    goes_on = watch.on if code == 0 and watch.on else over
    silence = longest_silence([0.0, *(at for at, _ in after if at < goes_on), goes_on])
    model = saved(command)
    ends = f"goes on after {watch.on:.1f}" if code == 0 and watch.on else f"ends after {over:.1f}"
    ends += f"; silent for {silence:.0f}" if silence > SILENCE else ""
    same = "yes" if model[1] == reference else "no" if code == 0 else "—"
    say(f"\n{name}: exit {code}, longest silence {silence:.0f} s")
    for at, line in after:
        say(f"   {at:6.1f}  {line}")
    words = re.sub(r"^digits20\.train: (note|error): ", "", told[1]) if told else "—"
    first = f"{told[0]:.1f}: {shortly(words, command)}" if told else "—"
    return [name, first, ends if code is not None else "HANGS", str(code), model[0], same]


def longest_silence(times: list[float]) -> float:
    return float(np.diff(times).max())


def shortly(text: str, command: Command) -> str:
    text = text.replace(str(command.model.parent) + "/", "")
    return text if len(text) <= 110 else text[:107] + "…"


def saved(command: Command) -> tuple[str, bytes]:
    parts, weights = [], b""
    if command.model.exists():
        model = load_model(command.model)
        parts.append(f"weights of {len(model.costs) - 1}")
        weights = model.theta.tobytes()
    if command.checkpoint.exists():
        parts.append(f"checkpoint of {read(command.checkpoint, 'checkpoint', 2**28)['iteration']}")
    return ", ".join(parts) or "nothing", weights


# the faults


def write_parts(folder: Path, copies: int = 1) -> Path:
    folder.mkdir()
    with gzip.open(shipped("data/digits20.csv.gz"), "rt") as file:
        lines = file.readlines()
    for part in range(PARTS):
        with gzip.open(folder / f"p{part:03}.csv.gz", "wt", compresslevel=1) as file:
            file.writelines(lines[part::PARTS] * copies)
    return folder


@contextlib.contextmanager
def running(*more: str, workers: int = HOSTS) -> Iterator[tuple[Hosts, Command, Path, psutil.Popen]]:
    """A cluster on which the command has trained for AT seconds."""
    with tempfile.TemporaryDirectory() as folder:
        hosts = Hosts(Path(folder))
        with hosts.stack:
            parts = write_parts(Path(folder, "parts"))
            scheduler = hosts.scheduler()
            for host in range(1, workers + 1):
                hosts.worker(host)
            time.sleep(4)
            command = Command(hosts, parts, "model", *more)
            command.training()
            yield hosts, command, parts, scheduler


def later(seconds: float, what: Callable[..., object], *arguments: object) -> None:
    timer = threading.Timer(seconds, what, arguments)
    timer.daemon = True
    timer.start()


def reference() -> bytes:
    """The weights of a run without a cluster, which those of every cluster are to be."""
    with tempfile.TemporaryDirectory() as folder:
        parts, model = write_parts(Path(folder, "parts")), Path(folder, "model.pkl")
        command = [sys.executable, "-m", "digits20.train", "--data", f"{parts}/*.csv.gz", "--max-iter", str(ITERATIONS)]
        subprocess.run(
            [*command, "--model", str(model), "--no-plot", "--quiet"],
            check=True,
            env=ENVIRONMENT,
            stdout=subprocess.DEVNULL,
        )
        return load_model(model).theta.tobytes()


def fault(
    name: str,
    do: Callable[..., object],
    bits: bytes,
    *more: str,
    at: float = AT,
    before: Callable[[Path], object] = lambda parts: None,
) -> list[str]:
    with running(*more) as (hosts, command, parts, scheduler):
        before(parts)
        time.sleep(at)
        watch = Watch(command)
        do(hosts, command, parts, scheduler)
        return row(name, command, watch, bits)


def cut(seconds: float | None) -> Callable[..., object]:
    def do(hosts: Hosts, *_: object) -> None:
        hosts.link(1, "down")
        if seconds:
            later(seconds, hosts.link, 1, "up")

    return do


def frozen(nanny: bool, seconds: float | None) -> Callable[..., object]:
    def do(hosts: Hosts, *_: object) -> None:
        signalled(hosts.workers[0], signal.SIGSTOP, nanny)
        if seconds:
            later(seconds, signalled, hosts.workers[0], signal.SIGCONT, nanny)

    return do


def kill_scheduler(hosts: Hosts, command: Command, parts: Path, scheduler: psutil.Popen) -> None:
    end(scheduler)


def freeze_scheduler(hosts: Hosts, command: Command, parts: Path, scheduler: psutil.Popen) -> None:
    signalled(scheduler, signal.SIGSTOP)


def restart_scheduler(hosts: Hosts, command: Command, parts: Path, scheduler: psutil.Popen) -> None:
    """And workers as a shell's `while true` would."""
    end(scheduler)
    hosts.scheduler()
    time.sleep(1)
    for host in range(1, HOSTS + 1):
        end(hosts.workers[host - 1])
        hosts.worker(host)


def write_changed(parts: Path) -> None:
    """Half of the parts with other labels, beside them: to write them takes seconds that no user waits for."""
    parts.with_name("changed").mkdir()
    for path in sorted(parts.iterdir())[: PARTS // 2]:
        with gzip.open(path, "rt") as file:
            lines = file.readlines()
        with gzip.open(parts.with_name("changed") / path.name, "wt", compresslevel=1) as file:
            file.writelines(f"{line.rstrip()[:-1]}{(int(line.rstrip()[-1]) + 1) % 10}\n" for line in lines)


def change_parts(hosts: Hosts, command: Command, parts: Path, scheduler: psutil.Popen) -> None:
    for path in parts.with_name("changed").iterdir():
        path.replace(parts / path.name)
    for worker in hosts.workers[:2]:
        signalled(worker, signal.SIGKILL, nanny=False)


def kill_worker(hosts: Hosts, *_: object) -> None:
    end(hosts.workers[0])


def press(times: int) -> Callable[..., object]:
    def do(hosts: Hosts, command: Command, *_: object) -> None:
        signalled(hosts.workers[0], signal.SIGSTOP)
        time.sleep(3)
        for turn in range(times):
            later(3.0 * turn, command.process.send_signal, signal.SIGINT)

    return do


FAULTS: dict[str, Callable[[str, bytes], list[str]]] = {
    "worker killed": lambda name, bits: fault(name, kill_worker, bits, *OFTEN),
    "process frozen for 20 s": lambda name, bits: fault(name, frozen(False, 20), bits, *OFTEN),
    "host frozen": lambda name, bits: fault(name, frozen(True, None), bits, *OFTEN),
    "host frozen, Ctrl-C": lambda name, bits: fault(name, press(1), bits),
    "host frozen, Ctrl-C three times": lambda name, bits: fault(name, press(3), bits),
    "scheduler frozen": lambda name, bits: fault(name, freeze_scheduler, bits),
    "scheduler killed at 5 s": lambda name, bits: fault(name, kill_scheduler, bits),
    "scheduler killed at 10 s": lambda name, bits: fault(name, kill_scheduler, bits, at=10),
    "scheduler killed at 40 s": lambda name, bits: fault(name, kill_scheduler, bits, "--max-iter", "5000", at=40),
    "scheduler and workers restarted": lambda name, bits: fault(name, restart_scheduler, bits, *OFTEN),
    "half of the parts changed, two workers killed": lambda name, bits: fault(
        name, change_parts, bits, before=write_changed
    ),
}
if NAMESPACES:
    FAULTS |= {
        "link cut for 5 s": lambda name, bits: fault(name, cut(5), bits, *OFTEN),
        "link cut for 30 s": lambda name, bits: fault(name, cut(30), bits, *OFTEN),
        "link cut for ever": lambda name, bits: fault(name, cut(None), bits, *OFTEN),
    }


@contextlib.contextmanager
def starting() -> Iterator[tuple[Hosts, Path]]:
    """A scheduler that has no worker yet."""
    with tempfile.TemporaryDirectory() as folder:
        hosts = Hosts(Path(folder))
        with hosts.stack:
            parts = write_parts(Path(folder, "parts"))
            hosts.scheduler()
            yield hosts, parts


def late_workers(name: str, bits: bytes) -> list[str]:
    with starting() as (hosts, parts):
        time.sleep(4)
        command = Command(hosts, parts, "model", *OFTEN)
        watch = Watch(command)
        for host in range(1, HOSTS + 1):
            later(15.0 * host, hosts.worker, host)
        return row(name, command, watch, bits)


def missing_part(name: str, bits: bytes) -> list[str]:
    """On the first host, which sees a folder of its own in that place."""
    with starting() as (hosts, parts):
        other = write_parts(parts.with_name("other"))
        for path in sorted(other.iterdir())[1:]:  # whichever it is given, it lacks one
            path.unlink()
        hosts.worker(1, before=f"mount --bind {other} {parts}")
        hosts.worker(2)
        time.sleep(4)
        command = Command(hosts, parts)
        return row(name, command, Watch(command), bits)


def too_little_memory(name: str, bits: bytes) -> list[str]:
    with starting() as (hosts, parts):
        for host in range(1, HOSTS + 1):
            hosts.worker(host, "--memory-limit", MEMORY)
        time.sleep(4)
        command = Command(hosts, write_parts(parts.with_name("large"), COPIES))
        return row(name, command, Watch(command), bits)


def wrong_version(name: str, bits: bytes) -> list[str]:
    with starting() as (hosts, parts):
        fake = hosts.folder / "fake" / "digits20"
        fake.mkdir(parents=True)
        (fake / "__init__.py").write_text("raise ImportError('not here')")
        hosts.worker(1, env=hosts.environment | {"PYTHONPATH": str(fake.parent)}, cwd=hosts.folder)
        hosts.worker(2)
        time.sleep(4)
        command = Command(hosts, parts, "model", *OFTEN)
        return row(name, command, Watch(command), bits)


def two_drivers(name: str, bits: bytes) -> list[str]:
    with running() as (hosts, command, parts, _):
        other = Command(hosts, parts, "other")
        result = row(name, command, Watch(command), bits)
        other.wait()
        result[-1] = "yes" if result[-1] == "yes" and saved(other)[1] == bits else "no"
        return result


def tls(name: str, bits: bytes) -> list[str]:
    with starting() as (hosts, parts):
        hosts.stack.close()
    with tempfile.TemporaryDirectory() as folder:
        hosts = Hosts(Path(folder))
        with hosts.stack:
            parts = write_parts(Path(folder, "parts"))
            make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=d20"]
            files = ["-keyout", f"{folder}/key.pem", "-out", f"{folder}/cert.pem"]
            subprocess.run([*make, *files], check=True, capture_output=True)
            hosts.address = hosts.address.replace("tcp", "tls")
            tls = {"CA_FILE": "cert.pem"} | {
                f"{who}__{what}": f"{what.lower()}.pem"
                for who in ("SCHEDULER", "WORKER", "CLIENT")
                for what in ("KEY", "CERT")
            }
            hosts.environment |= {f"DASK_DISTRIBUTED__COMM__TLS__{key}": f"{folder}/{at}" for key, at in tls.items()}
            hosts.environment["DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION"] = "True"
            hosts.scheduler()
            for host in range(1, HOSTS + 1):
                hosts.worker(host)
            time.sleep(5)
            command = Command(hosts, parts)
            return row(name, command, Watch(command), bits)


FAULTS |= {"workers come late, one by one": late_workers, "two commands at once": two_drivers, "TLS": tls}
FAULTS |= {"a worker without digits20": wrong_version, "too little memory for workers": too_little_memory}
if NAMESPACES:
    FAULTS["parts missing on one host"] = missing_part


def main(names: list[str]) -> None:
    """Prints each row when it is done."""
    print(machine.describe("dask", "distributed"), "namespaces" if NAMESPACES else "processes", sep="; ", end="\n\n")
    head = ["fault", "seconds until told, and what", "seconds until it goes on or ends", "exit", "saved", "same bits"]
    print(machine.table(head, []), flush=True)
    bits = reference()
    for name in names or FAULTS:
        print("| " + " | ".join(FAULTS[name](name, bits)) + " |", flush=True)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # where a shell has it ignored, so would the command
    main(sys.argv[1:])
