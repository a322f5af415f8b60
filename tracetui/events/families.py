"""System calls under the name that people use.

The kernel has many names for one thing: what a programmer calls ``stat`` is ``newstat``, ``stat64``,
``newfstatat`` or ``statx``, by architecture and libc. A family is that set, under its common name.
"""

from __future__ import annotations

_FAMILIES = {
    "stat": "stat newstat stat64 oldstat newfstatat fstatat fstatat64 statx",
    "lstat": "lstat newlstat lstat64 oldlstat",
    "fstat": "fstat newfstat fstat64 oldfstat",
    "statfs": "statfs statfs64",
    "fstatfs": "fstatfs fstatfs64",
    "open": "open openat openat2",
    "mkdir": "mkdir mkdirat",
    "mknod": "mknod mknodat",
    "unlink": "unlink unlinkat",
    "rename": "rename renameat renameat2",
    "link": "link linkat",
    "symlink": "symlink symlinkat",
    "readlink": "readlink readlinkat",
    "chmod": "chmod fchmodat fchmodat2",
    "chown": "chown chown16 fchownat",
    "lchown": "lchown lchown16",
    "fchown": "fchown fchown16",
    "access": "access faccessat faccessat2",
    "utimes": "utime utime32 utimes utimes_time32 futimesat futimesat_time32 utimensat utimensat_time32",
    "exec": "execve execveat",
    "execve": "execve execveat",
    "uname": "uname newuname olduname",
    "mmap": "mmap mmap2 mmap_pgoff old_mmap mips_mmap mips_mmap2",
    "select": "select old_select newselect pselect6 pselect6_time32",
    "poll": "poll ppoll ppoll_time32",
    "epoll_wait": "epoll_wait epoll_pwait epoll_pwait2",
    "epoll_create": "epoll_create epoll_create1",
    "eventfd": "eventfd eventfd2",
    "signalfd": "signalfd signalfd4",
    "inotify_init": "inotify_init inotify_init1",
    "pipe": "pipe pipe2",
    "dup": "dup dup2 dup3",
    "dup2": "dup2 dup3",
    "fork": "fork vfork clone clone3",
    "clone": "clone clone3",
    "wait": "wait4 waitpid waitid",
    "waitpid": "waitpid wait4",
    "exit": "exit exit_group",
    "sendfile": "sendfile sendfile64",
    "seek": "lseek llseek",
    "lseek": "lseek llseek",
    "truncate": "truncate truncate64",
    "ftruncate": "ftruncate ftruncate64",
    "fcntl": "fcntl fcntl64",
    "fadvise": "fadvise64 fadvise64_64",
    "getdents": "getdents getdents64 old_readdir",
    "pread": "pread64 preadv preadv2",
    "pwrite": "pwrite64 pwritev pwritev2",
    "accept": "accept accept4",
    "send": "send sendto sendmsg sendmmsg",
    "recv": "recv recvfrom recvmsg recvmmsg recvmmsg_time32",
    "nanosleep": "nanosleep nanosleep_time32 clock_nanosleep clock_nanosleep_time32",
    "sleep": "nanosleep nanosleep_time32 clock_nanosleep clock_nanosleep_time32",
    "time": "time time32",
    "gettimeofday": "gettimeofday",
    "clock_gettime": "clock_gettime clock_gettime32 clock_gettime64",
    "clock_getres": "clock_getres clock_getres_time32",
    "futex": "futex futex_time32 futex_waitv",
    "sigaction": "sigaction rt_sigaction",
    "sigprocmask": "sigprocmask rt_sigprocmask",
    "sigreturn": "sigreturn rt_sigreturn",
    "sigsuspend": "sigsuspend rt_sigsuspend",
    "sigpending": "sigpending rt_sigpending",
    "sigtimedwait": "rt_sigtimedwait rt_sigtimedwait_time32",
    "kill": "kill tkill tgkill",
    "getrlimit": "getrlimit old_getrlimit prlimit64",
    "setrlimit": "setrlimit prlimit64",
    "getuid": "getuid getuid16",
    "geteuid": "geteuid geteuid16",
    "getgid": "getgid getgid16",
    "getegid": "getegid getegid16",
    "setuid": "setuid setuid16",
    "setgid": "setgid setgid16",
    "setreuid": "setreuid setreuid16",
    "setregid": "setregid setregid16",
    "setresuid": "setresuid setresuid16",
    "setresgid": "setresgid setresgid16",
    "setgroups": "setgroups setgroups16",
    "getgroups": "getgroups getgroups16",
    "mount": "mount",
    "umount": "umount oldumount",
    "umount2": "umount",
    "prlimit": "prlimit64",
    "set_thread_area": "set_thread_area arm_set_tls",
    "getrandom": "getrandom",
}

FAMILIES: dict[str, tuple[str, ...]] = {common: tuple(names.split()) for common, names in _FAMILIES.items()}
"""Common name to the kernel names that answer to it, without ``sys_``."""

PREFIX = "sys_"
"""What Penguin puts before every kernel name."""


def kernel_names(name: str) -> tuple[str, ...]:
    """Stored names (with ``sys_``) that a typed name stands for.

    ``sys_newstat`` is exact; ``stat`` is itself and its whole family; any other name is itself. A name may
    have been stored without the prefix by another tool, so that form is among the answers too.
    """
    if name.startswith(PREFIX):
        return (name,)
    members = tuple(dict.fromkeys((*FAMILIES.get(name, ()), name)))
    stored = tuple(PREFIX + member for member in members)
    return (*stored, *members)


def common_name(name: str) -> str:
    """``sys_newfstatat`` is ``newfstatat``: the kernel's name without Penguin's prefix."""
    return name[len(PREFIX) :] if name.startswith(PREFIX) else name
