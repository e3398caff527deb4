"""A real Slurm on one machine: a controller, three nodes (one with two GPUs that are no GPUs), munge, no accounting.

``python -m tests.slurm.lab up`` starts it within seconds from Debian's packages (slurmctld, slurmd, slurm-client,
munge), ``status`` tells, ``down`` ends every process and job and removes what it wrote. For tests, CI, and a person
who wants to try ``--profile slurm`` without a cluster. It needs root, and it is no cluster: nothing limits what a job
takes.

Facts that cost an afternoon each:
- several slurmd on one host: one NodeName and one port each, ``slurmd -N``;
- no cgroups in a container: ``proctrack/linuxproc``, ``task/none``;
- jobs that ask for no memory get all of it unless ``DefMemPerCPU`` is set;
- a GPU's file must be a character device: ``mknod … c 1 3`` makes another /dev/null;
- Snakemake's job step drops ``SLURM_*``, ``SLURM_CONF`` too: the configuration must stand where Slurm looks for it.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

FOLDER = Path(tempfile.gettempdir()) / "seqplay-slurm"
"""State, logs, sockets and devices of the lab."""
SYSTEM = Path("/etc/slurm")
"""Where every Slurm command looks; holds links to the lab's files while it is up."""
CONFIGURATION = ("slurm.conf", "gres.conf")
PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "squeue", "scontrol", "scancel")
PACKAGES = "slurmctld slurmd slurm-client munge"
NODES = {"cpu1": 17811, "cpu2": 17812, "gpu1": 17813}
"""Node names and the ports of their slurmd."""
GPUS = 2

CONF = """\
ClusterName=seqplay
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort=17810
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
CryptoType=crypto/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool/%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SlurmdParameters=config_overrides
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
JobCompType=jobcomp/filetxt
JobCompLoc={folder}/finished_jobs
MpiDefault=none
GresTypes=gpu
DefMemPerCPU=500
MinJobAge=300
KillWait=2
ReturnToService=2
SlurmctldTimeout=10
SlurmdTimeout=10
SchedulerParameters=sched_interval=2,sched_min_interval=100000,batch_sched_delay=0,defer_batch
PartitionName=cpu Nodes=cpu1,cpu2 Default=YES MaxTime=INFINITE State=UP
PartitionName=gpu Nodes=gpu1 MaxTime=INFINITE State=UP
"""
NODE = (
    "NodeName={name} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs=8 RealMemory=64000 State=UNKNOWN{gres}\n"
)


class LabError(Exception):
    """The lab cannot be had here; says why, and what to do."""


def lacking() -> str | None:
    """Return why the lab cannot run here, or none."""
    if os.geteuid() != 0:
        return "the Slurm lab needs root"
    missing = [name for name in PROGRAMS if not shutil.which(name)]
    if missing:
        return f"{', '.join(missing)} not found; run: apt-get install -y --no-install-recommends {PACKAGES}"
    for name in CONFIGURATION:
        if (SYSTEM / name).exists() and not _ours(SYSTEM / name):
            return f"{SYSTEM / name} exists: this machine belongs to another Slurm"
    return None


def _ours(path: Path) -> bool:
    return path.is_symlink() and Path(os.readlink(path)) == FOLDER / path.name


def run(*command: str, check: bool = True) -> str:
    """Run a Slurm command, at most 30 s; return its standard output."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    if check and done.returncode:
        raise LabError(f"{' '.join(command)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def _write_configuration() -> None:
    for name in ("munge", "state", "spool", "dev"):
        (FOLDER / name).mkdir(parents=True, exist_ok=True)
    FOLDER.chmod(0o755)
    key = FOLDER / "munge" / "key"
    if not key.exists():
        key.touch(mode=0o600)
        key.write_bytes(os.urandom(128))
    host = socket.gethostname().partition(".")[0]
    nodes = ""
    for name, port in NODES.items():
        (FOLDER / "spool" / name).mkdir(exist_ok=True)
        gres = f" Gres=gpu:{GPUS}" if name.startswith("gpu") else ""
        nodes += NODE.format(name=name, host=host, port=port, gres=gres)
    files = []
    for number in range(GPUS):
        device = FOLDER / "dev" / f"gpu{number}"
        if not device.exists():
            os.mknod(device, stat.S_IFCHR | 0o666, os.makedev(1, 3))
        files.append(f"NodeName=gpu1 Name=gpu File={device}\n")
    (FOLDER / "gres.conf").write_text("".join(files))
    head, _, partitions = CONF.format(host=host, folder=FOLDER).partition("PartitionName")
    (FOLDER / "slurm.conf").write_text(f"{head}{nodes}PartitionName{partitions}")
    SYSTEM.mkdir(exist_ok=True)
    for name in CONFIGURATION:
        if not _ours(SYSTEM / name):
            (SYSTEM / name).symlink_to(FOLDER / name)


def _pid(name: str) -> int | None:
    """The process of a daemon, if it runs."""
    try:
        pid = int((FOLDER / f"{name}.pid").read_text())
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return None
    return pid if any(b"slurm" in word or b"munged" in word for word in words) else None


def start_controller() -> None:
    """Start slurmctld where it does not run."""
    if _pid("slurmctld") is None:
        run("slurmctld")


def written_down() -> Callable[[], bool]:
    """Return a question: has the controller written its jobs down since now? It does so every few seconds; a crash
    before that forgets them."""
    now = time.time()
    return lambda: (FOLDER / "state" / "job_state").stat().st_mtime > now


def stop_controller() -> None:
    """End slurmctld as a crash does: jobs and nodes go on without it."""
    _kill("slurmctld", signal.SIGKILL)


def _kill(name: str, how: signal.Signals) -> None:
    pid = _pid(name)
    if pid is None:
        return
    os.kill(pid, how)
    for _ in range(100):
        if _pid(name) is None:
            return
        time.sleep(0.1)
    os.kill(pid, signal.SIGKILL)


def node_states() -> dict[str, str]:
    """Return the state of each node, as ``sinfo`` says it; empty while the controller does not answer."""
    lines = run("sinfo", "--Node", "--noheader", "--format=%N %T", check=False).split("\n")
    return dict(line.split() for line in lines if line.strip())


def up(seconds: float = 30) -> None:
    """Start what does not run yet, and return when every node takes jobs."""
    reason = lacking()
    if reason:
        raise LabError(reason)
    _write_configuration()
    if _pid("munged") is None:
        munge = FOLDER / "munge"
        (munge / "socket").unlink(missing_ok=True)
        run(
            "munged",
            f"--socket={munge / 'socket'}",
            f"--key-file={munge / 'key'}",
            f"--pid-file={FOLDER / 'munged.pid'}",
            f"--log-file={FOLDER / 'munged.log'}",
            f"--seed-file={munge / 'seed'}",
            "--force",
        )
    start_controller()
    for name in NODES:
        if _pid(name) is None:
            run("slurmd", "-N", name)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        states = node_states()
        if len(states) == len(NODES) and all(state in {"idle", "mixed", "allocated"} for state in states.values()):
            return
        if any(state.startswith(("down", "drain")) for state in states.values()):
            run("scontrol", "update", f"NodeName={','.join(NODES)}", "State=RESUME", check=False)
        time.sleep(0.2)
    raise LabError(f"nodes after {seconds:.0f} s: {node_states()}; the logs are in {FOLDER}")


def _step_processes() -> list[int]:
    """The slurmstepd of the lab, and all that descends from them: what a killed node leaves behind."""
    children: dict[int, list[int]] = {}
    steps = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            title = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(entry.name))
        if title.startswith(b"slurmstepd"):
            steps.append(int(entry.name))
    found, todo = [], steps
    while todo:
        found += todo
        todo = [child for pid in todo for child in children.get(pid, [])]
    return found


def down() -> None:
    """Cancel all jobs, end all processes, remove all files; harmless where nothing runs."""
    if _ours(SYSTEM / "slurm.conf"):
        if _pid("slurmctld") is not None:
            run("scancel", "--user=root", check=False)
            deadline = time.monotonic() + 10
            while time.monotonic() < deadline and run("squeue", "--noheader", check=False).strip():
                time.sleep(0.2)
        for name in ("slurmctld", *NODES, "munged"):
            _kill(name, signal.SIGTERM)
        for pid in _step_processes():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        for name in CONFIGURATION:
            (SYSTEM / name).unlink(missing_ok=True)
    shutil.rmtree(FOLDER, ignore_errors=True)


def status() -> dict[str, str]:
    """Return the state of each daemon and node."""
    daemons = {name: "up" if _pid(name) else "down" for name in ("munged", "slurmctld")}
    states = node_states() if daemons["slurmctld"] == "up" else {}
    return daemons | {name: states.get(name, "down") for name in NODES}


def main(command: str) -> None:
    """``up``, ``down`` or ``status``."""
    if command == "up":
        up()
    elif command == "down":
        down()
    elif command != "status":
        raise LabError(f"{command!r}: use up, down or status")
    print("\n".join(f"{name:10} {state}" for name, state in status().items()))


if __name__ == "__main__":
    try:
        main(*(sys.argv[1:] or ["status"]))
    except LabError as problem:
        sys.exit(f"lab: {problem}")
