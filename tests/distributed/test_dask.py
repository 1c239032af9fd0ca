"""Training on a Dask cluster: real worker processes over TCP, which come and go."""

import asyncio
import contextlib
import importlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from digits20 import (
    LBFGS,
    DataFileError,
    Digits20Error,
    GradientDescent,
    MiniBatch,
    Network,
    Objective,
    fit,
    load_model,
)
from digits20 import load as load_file
from digits20.distributed.executor import Loaded
from digits20.distributed.sources import files
from digits20.distributed.workers import Workers
from digits20.errors import Lost
from digits20.persistence.payload import read
from digits20.system.version import __version__
from digits20.train.__main__ import main

pytest.importorskip("dask.distributed", reason="needs the extra: pip install digits20[dask]")

import distributed
import psutil  # which Dask needs

from digits20.distributed import cluster as cluster_seen
from digits20.distributed import connect, wait
from digits20.distributed import dask as ours
from digits20.distributed.connect import local_cluster
from digits20.distributed.dask import DaskObjective

HEARTBEAT = re.compile(r"note: .*((starting workers|loading|evaluation).*, for \d+ s|partitions are there)$")
KILL = getattr(signal, "SIGKILL", signal.SIGTERM)  # on Windows terminating is no kinder


@pytest.fixture(scope="module")
def parts(tmp_path_factory, digits):
    """A folder of five CSV parts of 40 images each, and the pattern that names them."""
    folder = tmp_path_factory.mktemp("parts")
    for part in range(5):
        some = digits.take(slice(part, 5000, 125))
        np.savetxt(folder / f"part{part}.csv.gz", np.column_stack([some.X, some.y]), delimiter=",", fmt="%.6g")
    return folder / "*.csv.gz"


@pytest.fixture(scope="module")
def cluster():
    """Two workers, each killed ones replaced by its nanny."""
    with local_cluster(2) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def client(cluster):
    with distributed.Client(cluster, set_as_default=False) as client:
        yield client


@pytest.fixture
def network():
    return Network((400, 5, 10))


@pytest.fixture
def theta(network):
    return network.initial_theta(np.random.default_rng(0))


@pytest.fixture
def J(network, parts, client):
    return DaskObjective(network, files(str(parts)), 1.0, client)


def test_it_is_the_objective_of_one_process(J, network, theta, parts):
    loaded = [load_file(path) for path in sorted(parts.parent.iterdir())]
    together = type(loaded[0])(np.concatenate([part.X for part in loaded]), np.concatenate([part.y for part in loaded]))
    cost, gradient = Objective(network, together, 1.0)(theta)
    assert J(theta)[0] == pytest.approx(cost, rel=1e-12)
    assert np.abs(J(theta)[1] - gradient).max() <= 1e-12 * np.abs(gradient).max()


@pytest.mark.parametrize("solver", [LBFGS(5), MiniBatch(2, batch_size=60)])
def test_the_bits_are_those_of_one_process_after_another(J, network, theta, parts, solver):
    from digits20.distributed.objective import PartitionedObjective
    from digits20.distributed.partitions import Partitions

    alone = fit(PartitionedObjective(network, Partitions(files(str(parts))), 1.0), theta, solver)
    together = fit(J, theta, solver)
    assert together.theta.tobytes() == alone.theta.tobytes()
    assert (together.costs, together.scores) == (alone.costs, alone.scores)


def test_the_bits_do_not_depend_on_the_number_of_workers(network, parts, client, theta):
    one = client.scheduler_info()["workers"]
    alone = DaskObjective(network, files(str(parts)), 1.0, _OnOne(client, next(iter(one))))
    both = DaskObjective(network, files(str(parts)), 1.0, client)
    assert fit(alone, theta, LBFGS(5)).theta.tobytes() == fit(both, theta, LBFGS(5)).theta.tobytes()


def test_many_partitions_share_tasks_with_the_same_bits(J, network, parts, client, theta, monkeypatch):
    monkeypatch.setattr(ours, "MOST_TASKS", 2)
    few = DaskObjective(network, files(str(parts)), 1.0, client)
    assert len(few._loaded.objects) == 2
    assert fit(few, theta, LBFGS(5)).theta.tobytes() == fit(J, theta, LBFGS(5)).theta.tobytes()


class _OnOne:
    """A client whose tasks all go to one worker."""

    def __init__(self, client, worker):
        self.client, self.worker = client, worker

    def map(self, *arguments, **options):
        return self.client.map(*arguments, **options | {"workers": [self.worker]})

    def __getattr__(self, name):
        return getattr(self.client, name)


def test_a_worker_killed_while_it_trains_changes_no_bit(J, theta, cluster):
    undisturbed = fit(J, theta, GradientDescent(12))

    def kill(progress):
        if progress.iteration == 3:
            os.kill(next(iter(cluster.workers.values())).process.pid, KILL)

    assert fit(J, theta, GradientDescent(12), watch=kill).theta.tobytes() == undisturbed.theta.tobytes()


def test_a_bad_partition_is_named(network, parts, client, tmp_path):
    bad = tmp_path / "bad.csv"
    bad.write_text("1,2,three\n")
    with pytest.raises(DataFileError, match=r"bad\.csv line 1"):
        DaskObjective(network, [*files(str(parts)), *files(str(bad))], 1.0, client)


def test_a_partition_lost_for_good_ends_the_run_with_the_best_so_far(network, parts, client, theta, tmp_path):
    (tmp_path / "only.csv.gz").write_bytes(next(parts.parent.iterdir()).read_bytes())
    J = DaskObjective(network, files(str(tmp_path / "*.gz")), 1.0, client)

    def lose(progress):
        if progress.iteration == 3:
            (tmp_path / "only.csv.gz").unlink()
            client.restart()

    with pytest.raises(Lost, match=r"only\.csv\.gz: no such file on worker tcp://.* on \S+: all must see") as lost:
        fit(J, theta, GradientDescent(9), watch=lose)
    assert len(lost.value.model.costs) == 4


def asked_on(J, theta):
    """Ask until the scheduler has seen that a worker is dead."""
    for _ in range(600):
        J(theta)
        time.sleep(0.1)


def test_a_part_that_changed_when_the_cluster_loads_it_again_ends_the_run(network, parts, client, theta, tmp_path):
    """Also where only a worker dies, whose partitions the scheduler has loaded again by itself."""
    first, other = sorted(parts.parent.iterdir())[:2]
    (tmp_path / "only.csv.gz").write_bytes(first.read_bytes())
    J = DaskObjective(network, files(str(tmp_path / "*.gz")), 1.0, client)
    J(theta)
    (tmp_path / "only.csv.gz").write_bytes(other.read_bytes())
    ((holder,),) = client.who_has(J._loaded.objects).values()
    pid = client.run(os.getpid, workers=[holder])[holder]
    os.kill(pid, KILL)
    with pytest.raises(Lost, match=r"only\.csv\.gz has changed since it was first read"):
        asked_on(J, theta)


@pytest.mark.parametrize("error", [KeyError, OSError, RuntimeError])
def test_what_fails_in_a_function_of_ones_own_is_told(network, client, error):
    def broken():
        raise error("nothing there")

    with pytest.raises(Digits20Error, match=f"a worker failed: {error.__name__}: .?nothing there"):
        DaskObjective(network, [broken], 1.0, client)


def test_a_gradient_check_looks_at_images_of_the_cluster(J):
    assert len(J.sample(30)) == 30
    assert len(J.digest()) == 64


def test_tasks_have_short_names_on_the_dashboard(J, theta, cluster):
    J(theta)
    assert cluster.scheduler.task_prefixes.keys() >= {"load", "theta", "slope"}


# by hand: scheduler, worker and command in processes of their own


@contextlib.contextmanager
def started_by_hand(folder):
    """(address, its process, that of a worker) of a scheduler with one worker, started as a user would.

    Its scheduler.json is in the folder.
    """
    where = folder / "scheduler.json"
    local = ["--host", "127.0.0.1", "--no-dashboard", "--scheduler-file", str(where)]
    scheduler = ["scheduler", *local, "--port", "0", "--dashboard-address", "127.0.0.1:0"]
    worker = ["worker", *local, "--nthreads", "1", "--no-nanny", "--local-directory", str(folder)]
    with contextlib.ExitStack() as stack:
        processes = []
        for command in (scheduler, worker):
            dask = [sys.executable, "-m", "dask", *command]
            process = stack.enter_context(subprocess.Popen(dask, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
            stack.callback(process.kill)
            processes.append(process)
        yield address_in(where), *processes


@pytest.fixture
def by_hand(tmp_path):
    with started_by_hand(tmp_path) as started:
        yield started


@pytest.fixture(scope="module")
def standing(tmp_path_factory):
    """(address, scheduler.json, the worker's process) of one that no test ends."""
    folder = tmp_path_factory.mktemp("standing")
    with started_by_hand(folder) as (address, _, worker):
        yield address, folder / "scheduler.json", worker


def address_in(file):
    """What a scheduler writes there once it listens."""
    while True:
        with contextlib.suppress(OSError, ValueError):
            return json.loads(file.read_text())["address"]
        time.sleep(0.05)


def test_a_command_trains_through_a_scheduler_until_it_is_gone(by_hand, parts, tmp_path, capsys, monkeypatch):
    address, scheduler, _ = by_hand
    monkeypatch.setattr(cluster_seen, "BACK_WITHIN", 0.5)
    monkeypatch.setattr("digits20.distributed.connect.CONNECT_WITHIN", 120)
    model, alone = tmp_path / "model.pkl", tmp_path / "alone.pkl"
    settings = ["--data", str(parts), "--hidden", "5", "--no-plot"]
    assert main([*settings, "--max-iter", "5", "--scheduler", address, "--model", str(model)]) == 0
    assert main([*settings, "--max-iter", "5", "--model", str(alone)]) == 0
    assert model.read_bytes() == alone.read_bytes()

    def kill():
        while not (tmp_path / "model.checkpoint").exists():
            time.sleep(0.05)
        scheduler.kill()

    threading.Thread(target=kill).start()
    capsys.readouterr()
    endless = ["--solver", "gd", "--max-iter", "1000000", "--checkpoint-every", "0.2", "--quiet"]
    assert main([*settings, *endless, "--scheduler", address, "--model", str(model)]) == 2
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith(f"digits20.train: error: {address}: the scheduler is gone; the best weights of ")
    assert load_model(model).costs[-1] < load_model(model).costs[0]
    assert goes_on_where_it_ended(tmp_path / "model.checkpoint", model)


def until_learned(checkpoint, process):
    """Wait for its third writing: by then something is learned, however slow the machine."""
    written = set()
    while len(written) < 3:
        assert process.poll() is None
        written |= {checkpoint.stat().st_mtime_ns} if checkpoint.exists() else set()
        time.sleep(0.05)


def iteration_of(checkpoint):
    return read(checkpoint, "checkpoint", 2**28)["iteration"]


def goes_on_where_it_ended(checkpoint, model):
    return 0 < iteration_of(checkpoint) == len(load_model(model).costs) - 1


@pytest.mark.ctrl_c
@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="needs a signal that freezes a process")
@pytest.mark.parametrize("presses", [1, 3])
def test_ctrl_c_saves_what_was_learned_before_a_host_froze(standing, parts, tmp_path, presses):
    address, _, worker = standing
    model, kept = tmp_path / "model.pkl", tmp_path / "model.checkpoint"
    command = [sys.executable, "-m", "digits20.train", "--data", str(parts), "--hidden", "5", "--scheduler", address]
    endless = ["--solver", "gd", "--max-iter", "1000000", "--checkpoint-every", "0.2", "--no-plot", "--model", model]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen([*command, *endless], **pipes, start_new_session=True) as process:
        until_learned(kept, process)
        worker.send_signal(signal.SIGSTOP)
        try:
            time.sleep(1)
            for press in range(presses):
                time.sleep(1.2 * bool(press))
                process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=300)
        finally:
            worker.send_signal(signal.SIGCONT)
    assert process.returncode == 130
    assert f"interrupted: saving what was learned, without asking {address} any more" in said
    assert goes_on_where_it_ended(kept, model)


def test_a_scheduler_file_says_where_the_scheduler_is(standing, parts, tmp_path):
    command = ["--data", str(parts), "--hidden", "5", "--no-plot", "--max-iter", "1", "--quiet"]
    place = ["--scheduler-file", str(standing[1]), "--model", str(tmp_path / "model.pkl")]
    assert main([*command, *place]) == 0


def test_a_scheduler_file_without_an_address_is_refused(parts, tmp_path, capsys):
    (tmp_path / "scheduler.json").write_text("[]")
    assert main(["--data", str(parts), "--scheduler-file", str(tmp_path / "scheduler.json")]) == 2
    assert "scheduler.json: no address in it, expected what dask scheduler" in capsys.readouterr().err


def test_it_is_told_for_how_long_a_frozen_worker_is_waited_for(standing, caplog):
    with (
        distributed.Client(standing[0], timeout=120, set_as_default=False) as client,
        caplog.at_level("INFO", "digits20"),
    ):
        cluster_seen.Cluster(client).tell_ttl(30)
        cluster_seen.Cluster(client).tell_ttl(1000)
    (said,) = [text for text in caplog.messages if "frozen" in text]
    assert said.startswith(
        f"{standing[0]} waits 300 s for a frozen worker; DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL=30s"
    )


def test_workers_of_our_own_are_given_up_after_half_a_minute(cluster):
    assert cluster.scheduler.worker_ttl == 30


def test_other_kernels_and_versions_of_numpy_are_told(caplog):
    seen = {"digits20": __version__, "numpy": "2.0.0", "kernel": "Haswell", "host": "h"}
    other = {**seen, "numpy": "2.1.0", "kernel": "SkylakeX", "host": "g"}
    with caplog.at_level("WARNING", "digits20"):
        Workers("tcp://s:1").add({"tcp://h:1": seen, "tcp://h:2": seen, "tcp://g:1": other})
    first, second = caplog.messages
    assert "worker tcp://g:1 on g has BLAS kernel SkylakeX, others have Haswell" in first
    assert "worker tcp://g:1 on g has NumPy 2.1.0, others have 2.0.0" in second


def test_a_command_trains_on_workers_of_its_own(parts, tmp_path):
    """As typed: the output is clean and nothing is left running."""
    command = [sys.executable, "-m", "digits20.train", "--data", str(parts), "--hidden", "5", "--max-iter", "3"]
    arguments = [
        "--workers",
        "1",
        "--validation",
        "20",
        "--deskew",
        "--order",
        "C",
        "--no-invert",
        "--no-plot",
        "--model",
        str(tmp_path / "model.pkl"),
    ]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=300)
    said = [line for line in done.stderr.splitlines() if not HEARTBEAT.search(line)]  # of a slow machine
    assert (done.returncode, said) == (0, [])
    assert "in 5 partitions: 20x20 pixels; 140 images to train, 20 to validate, 40 to test" in done.stdout
    assert load_model(tmp_path / "model.pkl").preprocess == ("deskew",)


def test_ctrl_c_in_python_returns_the_model_without_asking_the_cluster_again(J, theta):
    def press(progress):
        if progress.iteration == 2:
            raise KeyboardInterrupt

    model = fit(J, theta, LBFGS(9), watch=press)
    assert (len(model.costs), set(model.scores)) == (3, {"cost"})


@pytest.mark.ctrl_c
def test_ctrl_c_in_a_terminal_keeps_what_the_workers_learned(parts, tmp_path):
    """Weights and checkpoint of one iteration, without a question to the workers, who may be frozen."""
    model, kept = tmp_path / "model.pkl", tmp_path / "model.checkpoint"
    command = [sys.executable, "-m", "digits20.train", "--data", str(parts), "--hidden", "5", "--workers", "1"]
    endless = [
        "--solver",
        "gd",
        "--max-iter",
        "1000000",
        "--checkpoint-every",
        "0.2",
        "--no-plot",
        "--model",
        str(model),
    ]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen([*command, *endless], **pipes, start_new_session=True) as process:
        until_learned(kept, process)
        os.killpg(process.pid, signal.SIGINT)
        out, said = process.communicate(timeout=300)
    assert process.returncode == 130
    assert "accuracy   not measured" in out
    resumes = f"digits20.train: note: {kept}: --resume goes on after iteration {iteration_of(kept)}"
    assert resumes in said.splitlines()
    assert "Traceback" not in said
    assert goes_on_where_it_ended(kept, model)
    assert "note: interrupted: saving what was learned, without asking tcp://127.0.0.1:" in said
    assert load_model(model).costs[-1] < load_model(model).costs[0]


@pytest.mark.ctrl_c
def test_ctrl_c_while_workers_start_is_told_in_one_line(parts):
    """Sent to the whole group, as a terminal does."""
    command = [sys.executable, "-m", "digits20.train", "--data", str(parts), "--workers", "2", "--quiet"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True) as process:
        while len(psutil.Process(process.pid).children()) < 2:  # a worker, beside what Python starts with the first
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=300)
    assert (process.returncode, said) == (130, "digits20.train: interrupted\n")


def test_a_scheduler_that_is_not_there_is_told_at_once(parts, capsys, monkeypatch):
    monkeypatch.setattr("digits20.distributed.connect.CONNECT_WITHIN", 0.5)
    with socket.socket() as deaf:  # bound, so that nobody else listens there, but not listening
        deaf.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{deaf.getsockname()[1]}"
        assert main(["--data", str(parts), "--scheduler", address]) == 2
    (said,) = capsys.readouterr().err.splitlines()
    assert said.endswith("no scheduler answers there")


def test_an_ensemble_on_a_cluster_is_refused(parts, capsys):
    assert main(["--data", str(parts), "--workers", "2", "--ensemble", "3"]) == 2
    assert "--ensemble trains networks side by side on this machine" in capsys.readouterr().err


def test_styles_on_a_cluster_are_refused(parts, capsys):
    assert main(["--data", str(parts), "--workers", "2", "--styles", "--augment"]) == 2
    assert "--styles adds to images on this machine" in capsys.readouterr().err


def test_without_the_extra_it_is_told_how_to_get_it(parts, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert main(["--data", str(parts), "--workers", "2"]) == 2
    assert 'pip install "digits20[dask]"' in capsys.readouterr().err


def test_a_worker_without_this_digits20_gets_no_work_and_is_named(parts, network, theta, client, caplog, monkeypatch):
    """As a worker would answer whose host has another version installed."""
    from digits20.distributed import workers

    client.wait_for_workers(2, timeout=60)  # the tests before kill some, whose nannies may still be at it
    before = DaskObjective(network, files(str(parts)), 1.0, client)(theta)
    other, usable = sorted(client.nthreads())[:2]
    answer = workers.Workers.add

    def one_is_old(self, answers):
        answer(self, {who: {**seen, "digits20": "0.0.9"} if who == other else seen for who, seen in answers.items()})

    monkeypatch.setattr(workers.Workers, "add", one_is_old)
    with caplog.at_level("WARNING", "digits20"):
        J = DaskObjective(network, files(str(parts)), 1.0, client)
        assert J(theta)[0] == before[0]
    assert f"worker {other} on " in caplog.text
    assert " has digits20 0.0.9 and gets no work" in caplog.text
    assert {who for held in client.who_has(J._loaded.objects).values() for who in held} == {usable}


def test_work_goes_only_to_workers_that_were_looked_at(J, theta, client, cluster, monkeypatch):
    client.wait_for_workers(2, timeout=60)
    workers = J._executor.cluster.workers
    (restrictions,) = {frozenset(cluster.scheduler.tasks[each.key].worker_restrictions) for each in J._loaded.objects}
    assert restrictions <= workers.usable
    workers.seen.clear()  # as if they had just joined
    workers.usable.clear()
    monkeypatch.setattr(cluster_seen, "JOINED_EVERY", 0)
    J(theta)
    assert workers.usable == client.nthreads().keys()


def test_partitions_that_are_there_may_move_to_a_worker_that_joins(network, parts, client, theta, cluster, monkeypatch):
    client.wait_for_workers(2, timeout=60)
    both = set(client.nthreads())
    with monkeypatch.context() as patched:
        patched.setattr(cluster_seen.Workers, "usable_of", lambda self, addresses: [min(both)])
        J = DaskObjective(network, files(str(parts)), 1.0, client)
    J(theta)
    J._executor.cluster.look()
    assert all(cluster.scheduler.tasks[each.key].worker_restrictions == both for each in J._loaded.objects)
    assert all(allowed == sorted(both) for allowed in J._executor.bound[J._loaded])


def test_a_bad_partition_leaves_no_traceback_of_the_worker(network, client, tmp_path):
    (tmp_path / "bad.csv").write_text("1,2,three\n")
    with pytest.raises(DataFileError):
        DaskObjective(network, files(str(tmp_path / "bad.csv")), 1.0, client)
    assert "bad.csv" not in str(client.get_worker_logs())


def test_of_dasks_table_of_versions_one_line_is_left():
    table = "Mismatched versions found\n\n+--+--+--+--+\n| Package | Client | Scheduler | Workers |\n+--+--+--+--+\n"
    table += "| pandas | 2.2.1 | None | {'2.1.0', '2.2.1'} |\n+--+--+--+--+"
    assert connect._in_one_line(table) == (
        "versions here are not those of scheduler and workers: "
        "pandas 2.2.1 (scheduler None, workers {'2.1.0', '2.2.1'})"
    )


def test_without_any_worker_of_this_version_it_is_refused(parts, network, client, monkeypatch):
    from digits20.distributed import workers

    answer = workers.Workers.add
    none = {"digits20": "", "numpy": "", "kernel": "", "host": "h"}
    monkeypatch.setattr(workers.Workers, "add", lambda self, answers: answer(self, dict.fromkeys(answers, none)))
    with pytest.raises(Digits20Error, match="no worker has digits20 "):
        DaskObjective(network, files(str(parts)), 1.0, client)


def test_the_look_at_a_worker_needs_no_digits20_there(tmp_path):
    from digits20.distributed.workers import EXPRESSION

    run = f"import sys; sys.modules['digits20'] = None; print(eval({EXPRESSION!r})['digits20'] == '')"
    assert subprocess.run([sys.executable, "-c", run], capture_output=True, text=True, cwd=tmp_path).stdout == "True\n"


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="needs a signal that freezes a process")
def test_a_frozen_worker_is_named_with_its_partitions(parts, network, theta, client, caplog, monkeypatch):
    J = DaskObjective(network, files(str(parts)), 1.0, client)
    before = J(theta)
    monkeypatch.setattr(wait, "SLOW", (0.5, 1))
    monkeypatch.setattr(wait, "LOOK_EVERY", 0.2)
    holders = {worker: keys for worker, keys in client.has_what().items() if keys}
    frozen = next(iter(holders))
    pid = client.run(os.getpid, workers=[frozen])[frozen]

    def thaw():
        end = time.monotonic() + 120
        while f" from {frozen}" not in caplog.text and time.monotonic() < end:
            time.sleep(0.05)
        os.kill(pid, signal.SIGCONT)

    os.kill(pid, signal.SIGSTOP)
    thread = threading.Thread(target=thaw)
    thread.start()
    try:
        with caplog.at_level("WARNING", "digits20"):
            assert J(theta)[0] == before[0]
    finally:
        thread.join()
    assert f" from {frozen}" in caplog.text


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="needs a signal that freezes a process")
@pytest.mark.parametrize("all_frozen", [False, True])
def test_a_worker_frozen_before_it_was_looked_at_is_named_and_training_goes_on(
    parts, network, theta, client, caplog, monkeypatch, all_frozen
):
    """On the others; without others as soon as it is thawed."""
    client.wait_for_workers(2, timeout=60)
    before = DaskObjective(network, files(str(parts)), 1.0, client)(theta)
    monkeypatch.setattr(cluster_seen, "MISSED_AFTER", 0.3)
    pids = client.run(os.getpid)
    frozen = sorted(pids)[: 2 if all_frozen else 1]
    thaw = threading.Timer(1.5, lambda: [os.kill(pids[worker], signal.SIGCONT) for worker in frozen])
    for worker in frozen:
        os.kill(pids[worker], signal.SIGSTOP)
    thaw.start()
    try:
        with caplog.at_level("WARNING", "digits20"):
            J = DaskObjective(network, files(str(parts)), 1.0, client)
    finally:
        thaw.join()
    assert J(theta)[0] == before[0]
    silent = next(text for text in caplog.messages if "no answer from worker" in text)
    assert all(worker in silent for worker in frozen)


def test_partitions_bound_to_a_worker_that_died_are_loaded_elsewhere(parts, network, theta, client, monkeypatch):
    """Dask itself would wait for ever for the worker of that address."""
    client.wait_for_workers(2, timeout=60)
    pids = client.run(os.getpid)
    first = min(pids)
    monkeypatch.setattr(wait, "LOOK_EVERY", 0.2)
    monkeypatch.setattr(cluster_seen.Workers, "usable_of", lambda self, addresses: [first])
    J = DaskObjective(network, files(str(parts)), 1.0, client)
    monkeypatch.undo()
    monkeypatch.setattr(wait, "LOOK_EVERY", 0.2)
    before, J._executor.cluster.allowed = J(theta), None
    os.kill(pids[first], KILL)
    time.sleep(1)
    assert J(theta)[0] == before[0]


def test_workers_that_end_twice_at_one_partition_are_told_with_the_reason(client, monkeypatch):
    def dying(*_, **__):
        raise wait.Died("its reason")
        yield

    monkeypatch.setattr(ours.Dask, "_answers", dying)
    with pytest.raises(Lost, match="workers end whenever they are at one partition: its reason"):
        list(ours.Dask(client).ask(len, Loaded([list], [None])))


def test_a_worker_that_goes_is_told(client, caplog, monkeypatch):
    seen = cluster_seen.Cluster(client)
    seen.look()
    seen.present.add("tcp://h:1")
    seen.look()
    seen.look()
    (said,) = [text for text in caplog.messages if "is gone" in text]
    assert said.endswith(": worker tcp://h:1 is gone; others load its partitions")


class _Scheduler:
    """One that has noted these events."""

    def __init__(self, **topics):
        self.topics = topics

    async def events(self, topic):
        return [(0.0, event) for event in self.topics.get(topic.replace("-", "_"), ())]


@pytest.mark.parametrize(
    ("topics", "reason"),
    [
        ({"worker_restart_memory": [{"worker": "w", "rss": 2.1e8}]}, "w used 0.21 GB, more than it may, and was ended"),
        ({"scheduler": [{"action": "worker-ttl-timed-out", "workers": ["w"], "ttl": 30.0}]}, "w said nothing for 30 s"),
        ({"worker_restart_memory": [{"worker": "of another command", "rss": 2.1e8}]}, "their logs tell more"),
    ],
)
def test_the_reason_why_workers_ended_is_that_of_the_scheduler(topics, reason):
    seen = Workers("tcp://s:1")
    seen.seen["w"] = {}
    assert reason in asyncio.run(seen.why_ended(_Scheduler(**topics)))


def test_a_partition_that_a_worker_cannot_import_is_told_and_ends_no_worker(network, client, tmp_path, monkeypatch):
    (tmp_path / "only_here.py").write_text("def source(): pass")
    monkeypatch.syspath_prepend(tmp_path)
    here = importlib.import_module("only_here").source
    before = set(client.scheduler_info()["workers"])
    with pytest.raises(Digits20Error, match="ModuleNotFoundError: No module named 'only_here'"):
        DaskObjective(network, [here], 1.0, client)
    assert set(client.scheduler_info()["workers"]) == before
