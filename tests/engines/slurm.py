"""slurm.py - one machine as a whole Slurm cluster, below one folder: a munge daemon, a controller and a node of its own, ended with the test."""
import contextlib
import os
import pathlib
import socket
import subprocess
import time

CONFIGURATION = """
ClusterName=rwda
SlurmctldHost={host}
SlurmUser={user}
SlurmdUser={user}
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MailProg=/bin/true
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=1,batch_sched_delay=0,defer
JobRequeue=1
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} State=UNKNOWN
PartitionName=all Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


def free_ports(count):
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def wait_for(what, question, seconds):
    end = time.monotonic() + seconds
    while not question():
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not within {seconds} s")
        time.sleep(0.2)


@contextlib.contextmanager
def cluster(folder):
    """The environment in which sbatch, srun and squeue talk to it."""
    folder = pathlib.Path(folder)
    for name in ("state", "spool", "munge"):
        (folder / name).mkdir(parents=True)
    folder.chmod(0o755)  # munge's clients go through it
    host, user = socket.gethostname().split(".")[0], subprocess.check_output(["id", "-un"], text=True).strip()
    key = folder / "munge" / "key"
    key.write_bytes(os.urandom(1024))
    key.chmod(0o400)
    (folder / "munge").chmod(0o700)
    (folder / "slurm.conf").write_text(
        CONFIGURATION.format(host=host, user=user, folder=folder, ports=free_ports(2), cpus=len(os.sched_getaffinity(0)))
    )
    environment = dict(os.environ, SLURM_CONF=str(folder / "slurm.conf"))
    commands = [
        ["munged", "--foreground", "--force", f"--key-file={key}", f"--socket={folder}/munge.socket", f"--pid-file={folder}/munge/pid",
         f"--seed-file={folder}/munge/seed", f"--log-file={folder}/munge/log"],
        ["slurmctld", "-D", "-c"],
        ["slurmd", "-D", "-N", host],
    ]
    processes = []
    try:
        for command in commands:
            with open(folder / f"{command[0]}.out", "wb") as out:
                processes.append(subprocess.Popen(command, env=environment, stdout=out, stderr=out, stdin=subprocess.DEVNULL))
            if command[0] == "munged":
                wait_for("munged", (folder / "munge.socket").exists, 30)

        def idle():
            answer = subprocess.run(["sinfo", "-h", "-o", "%T"], env=environment, capture_output=True, text=True, check=False)
            return answer.stdout.strip() == "idle"

        wait_for("a node of Slurm", idle, 60)
        yield environment
    except TimeoutError as late:
        logs = "\n".join(path.read_text(errors="replace")[-2000:] for path in sorted(folder.glob("*.out")) + sorted(folder.glob("*.log")))
        raise AssertionError(f"{late}\n{logs}") from late
    finally:
        for process in reversed(processes):
            process.terminate()
        for process in processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
