# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's first process, number 1 in its namespaces: it lays out what the others see, waits for orphans, and ends them all.

Run as a file of its own, by ``sandbox``: ``first.py FOLDER``. When it ends, the kernel ends everything in the lab, and with the
last process the mounts and the network are gone.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

# What the kubelet sets at its start, for the whole machine: here it finds it set already, in files of our own.
SYSCTLS = {
    "vm/overcommit_memory": "1",
    "vm/panic_on_oom": "0",
    "kernel/panic": "10",
    "kernel/panic_on_oops": "1",
    "kernel/keys/root_maxkeys": "1000000",
    "kernel/keys/root_maxbytes": "25000000",
}


def mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)


def lay_out(folder: str) -> None:
    mount("-t", "tmpfs", "lab", "/run")
    for name in ("lab", "var", "var-work"):
        Path("/run", name).mkdir()
    # Some paths below /var can't be chosen. What is written to them stays in memory, except below the lab's own folder.
    mount("--bind", folder, "/run/lab")
    mount("-t", "overlay", "-o", "lowerdir=/var,upperdir=/run/var,workdir=/run/var-work", "lab", "/var")
    mount("--bind", "/run/lab", folder)
    for name, value in SYSCTLS.items():
        masked, shown = Path("/proc/sys", name), Path("/run/sysctl", name)
        if masked.exists():
            shown.parent.mkdir(parents=True, exist_ok=True)
            shown.write_text(f"{value}\n")
            mount("--bind", str(shown), str(masked))
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1\n")


def main() -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    lay_out(sys.argv[1])
    print("ready", flush=True)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1):
        os.dup2(nowhere, descriptor)
    while True:
        signal.sigwait({signal.SIGCHLD})
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            continue


if __name__ == "__main__":
    main()
