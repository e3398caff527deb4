"""Attacks by a hostile native program, as if the inner wall had fallen: what ``hostile.c`` does straight in the jail.

Arguments may name ``@SECRET@``, ``@WITNESS@``, ``@FOLDER@`` (see ``attack``), ``@TCP@`` (a port on which the host
listens), ``@ABSTRACT@`` (an abstract socket of the host), ``@PID@`` (a process of the host), ``@VARIABLE@`` (an
environment variable of the host) and ``@SHARED@`` (a shared memory segment of the host),
``@PID_NAMESPACE@`` and ``@MOUNT_NAMESPACE@`` (the host's, so that a wall that fails does not cost the machine anything).
"""

# ruff: noqa: E501  (tables: one attack a line)
from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Ends(StrEnum):
    """How the attack ends."""

    ITSELF = "itself"
    KILLED = "killed"
    """It never ends: the suite kills it, and nothing of it may live on."""


class Native(NamedTuple):
    """One run of the hostile program."""

    name: str
    tries: str
    fails_because: str
    argv: tuple[str, ...]
    ends: Ends = Ends.ITSELF


_FILES = "only the system's libraries and what the caller names are there, read-only"
_NETWORK = "the network namespace has no way out, and its loopback is its own"
_PROCESSES = "the process namespace shows only the jail's own processes"
_POWERS = "no capabilities, and no user namespace to get some in"
_LIFE = "the namespace's first process takes everything with it when it ends"

ATTACKS = [
    Native("reads_secret", "reads a file of the host", _FILES, ("read", "@SECRET@")),
    Native("reads_passwords", "reads the password file", _FILES, ("read", "/etc/shadow")),
    Native("lists_home", "lists the home folders", _FILES, ("list", "/home")),
    Native("lists_root_home", "lists root's home", _FILES, ("list", "/root")),
    Native("lists_folder", "lists the folder of the secret", _FILES, ("list", "@FOLDER@/private")),
    Native("writes_witness", "writes into a folder of the host", _FILES, ("write", "@WITNESS@")),
    Native("writes_library", "writes a library", _FILES, ("create", "/usr/lib/seqplay-escape-suite")),
    Native("writes_root", "writes into the root folder", _FILES, ("create", "/seqplay-escape-suite")),
    Native("changes_library_folder", "makes the libraries' folder writable", _FILES, ("change_folder", "/usr/lib")),
    Native("symbolic_link", "reads the secret through a link of its own", _FILES, ("symlink", "@SECRET@")),
    Native("hard_link", "links the secret into its own folder", _FILES, ("hardlink", "@SECRET@")),
    Native("dot_dot", "climbs out of the root", _FILES, ("dotdot", "@SECRET@")),
    Native("root_of_first_process", "goes through the root of process 1", _PROCESSES, ("proc_root", "@SECRET@")),
    Native("loopback", "connects to a server on the host's loopback", _NETWORK, ("tcp", "@TCP@")),
    Native("outside", "connects to the internet", _NETWORK, ("outside",)),
    Native("raw_socket", "opens a raw socket", _NETWORK, ("raw",)),
    Native("abstract_socket", "connects to an abstract Unix socket", _NETWORK, ("abstract", "@ABSTRACT@")),
    Native("environment", "looks for the host's environment, also in /proc", "the environment is given whole", ("environment", "@VARIABLE@")),
    Native("sees_process", "looks for a process of the host", _PROCESSES, ("processes", "@PID@")),
    Native("kills_process", "kills a process of the host", _PROCESSES, ("kill", "@PID@")),
    Native("kills_everything", "signals all and kills its parent", _PROCESSES, ("kill_all", "@PID_NAMESPACE@")),
    Native("traces_process", "attaches to a process of the host", _PROCESSES, ("trace", "@PID@")),
    Native("reads_process_memory", "reads the memory of a process of the host", _PROCESSES, ("read_memory", "@PID@")),
    Native("nested_user_namespace", "makes a user namespace to get powers in it", _POWERS, ("user_namespace",)),
    Native("mounts", "mounts", _POWERS, ("mount",)),
    Native("remounts", "makes the system's folders writable again", _POWERS, ("remount", "@MOUNT_NAMESPACE@")),
    Native("changes_root", "changes its root", _POWERS, ("chroot",)),
    Native("becomes_root", "becomes root", _POWERS, ("identity",)),
    Native("makes_device", "makes a device file of the first disk", _POWERS, ("device",)),
    Native("reads_kernel", "reads the kernel's memory and log", _POWERS, ("memory_device",)),
    Native("kernel_settings", "changes where core dumps go", _POWERS, ("kernel_settings",)),
    Native("host_name", "changes the host's name", _POWERS, ("host_name",)),
    Native("clock", "sets the clock", _POWERS, ("clock",)),
    Native("kernel_module", "loads a kernel module", _POWERS, ("module",)),
    Native("restarts", "restarts the machine", _POWERS, ("reboot",)),
    Native("opens_by_handle", "opens a file by its number instead of its path", _POWERS, ("open_by_handle",)),
    Native("priority", "takes real-time priority", _POWERS, ("priority",)),
    Native("terminal", "types into the terminal of the person who started it", "a session of its own without terminal", ("terminal",)),
    Native("shared_memory", "attaches shared memory of the host", "the namespace for shared memory is its own", ("shared_memory", "@SHARED@")),
    Native("inherited_descriptor", "uses a descriptor that was left open", "descriptors are closed but those passed", ("descriptors",)),
    Native("fills_scratch", "fills its scratch folder", "the scratch folder has a size", ("fill", "/tmp", "256")),
    Native("fills_shared_memory", "fills the memory through /dev/shm", "it is read-only or has a size", ("fill", "/dev/shm", "256")),
    Native("fills_devices", "fills the memory through /dev", "it is read-only or has a size", ("fill", "/dev", "256")),
    Native("daemon", "leaves a double-forked process in a session of its own", _LIFE, ("daemon",)),
    Native("fork_bomb", "starts 200 processes in sessions of their own", _LIFE, ("fork_bomb",), Ends.KILLED),
    Native("stubborn", "ignores every signal it can", "what cannot be ignored ends it", ("stubborn",), Ends.KILLED),
    Native("stopped", "stops itself", "a stopped process is killed too", ("stopped",), Ends.KILLED),
    Native("flood", "floods its standard output", "the reader takes a bounded part", ("flood",), Ends.KILLED),
]  # fmt: skip

SIGNALS_LEAVE = "Landlock before ABI 6 (Linux 6.12) has no scope for signals, and there is no process namespace"
BEYOND = {"landlock": {"sees_process": SIGNALS_LEAVE, "kills_process": SIGNALS_LEAVE}}
"""For each backend the attacks that it does not promise to contain on every kernel, with the reason (docs/jail.md).

They are tried all the same: where one succeeds it is an expected failure by name, and `auto` must not take the backend.
"""
