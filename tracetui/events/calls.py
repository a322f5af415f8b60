"""Which arguments of which system calls have a meaning beyond their number.

One line a call: the kernel's name, then the kind of each argument in the order of the kernel's prototype.
``.`` is an argument without a kind, ``ptr`` a pointer that the trace does not mark as one, ``noise`` one that
never tells anything. The other kinds are explained by :mod:`tracetui.events.decode`.
"""

from __future__ import annotations

_TEXT = """
open . open mode
openat dirfd . open mode
openat2 dirfd . ptr
creat . mode
close fd
close_range fd fd closerange
access . access
faccessat dirfd . access
faccessat2 dirfd . access ataccess
chmod . mode
fchmod . mode
fchmodat dirfd . mode
fchmodat2 dirfd . mode at
chown . int int
chown16 . int int
lchown . int int
fchown . int int
fchownat dirfd . int int at
mkdir . mode
mkdirat dirfd . mode
mknod . filemode dev
mknodat dirfd . filemode dev
umask mode
unlinkat dirfd . atunlink
linkat dirfd . dirfd . at
symlinkat . dirfd
readlinkat dirfd
renameat dirfd . dirfd
renameat2 dirfd . dirfd . rename
newfstatat dirfd . . at
fstatat64 dirfd . . at
statx dirfd . at statx
utimensat dirfd . . at
futimesat dirfd
name_to_handle_at dirfd . . . at
execveat dirfd . . . at
lseek . . whence
llseek . . . . whence
fcntl . fcntl
fcntl64 . fcntl
ioctl . ioctl ptr
dup fd
dup2 fd fd
dup3 fd fd fdflags
pipe2 . fdflags
flock . flock
fallocate . fallocate
fadvise64 . . . fadvise
fadvise64_64 . . . fadvise
sync_file_range . . . syncrange
splice fd . fd . . splice
tee fd fd . splice
vmsplice fd . . splice
sendfile fd fd
sendfile64 fd fd
memfd_create . memfd
inotify_init1 fdflags
inotify_add_watch . . inotify
mount . . . mount
umount . umount
umount2 . umount
swapon . swap
mmap ptr . prot map
mmap2 ptr . prot map
mmap_pgoff ptr . prot map
mips_mmap ptr . prot map
mips_mmap2 ptr . prot map
mprotect ptr . prot
munmap ptr
brk ptr
madvise ptr . madvise
mremap ptr . . mremap
msync ptr . msync
mlockall mlockall
shmget . . shmget
semget . . shmget
msgget . shmget
shmctl . ipc
semctl . . ipc
msgctl . ipc
clone clone ptr
unshare namespace
setns . namespace
wait4 pid . wait
waitpid pid . wait
waitid waitid pid . wait
kill pid signal
tkill pid signal
tgkill pid pid signal
rt_sigqueueinfo pid signal
pidfd_send_signal fd signal
pidfd_open pid
sigaction signal
rt_sigaction signal . . noise
signal signal
sigprocmask sigmask
rt_sigprocmask sigmask . . noise
signalfd4 fd . . fdflags
prctl prctl ptr
arch_prctl archprctl ptr
seccomp seccomp seccompflags
ptrace ptrace pid ptr ptr
futex ptr futex int
futex_time32 ptr futex int
clock_gettime clock
clock_gettime32 clock
clock_settime clock
clock_getres clock
clock_getres_time32 clock
clock_nanosleep clock timer
clock_nanosleep_time32 clock timer
timer_create clock
timer_settime . timer
timerfd_create clock fdflags
timerfd_settime . timer
getitimer itimer
setitimer itimer
getrlimit rlimit
old_getrlimit rlimit
setrlimit rlimit
prlimit64 pid rlimit
getrusage rusage
getpriority priority pid
setpriority priority pid int
sched_setscheduler pid scheduler
sched_get_priority_max scheduler
sched_get_priority_min scheduler
sched_setaffinity pid
sched_getaffinity pid
reboot magic1 magic2 reboot
syslog syslog
finit_module . . moduleinit
getrandom . . random
membarrier membarrier
exit int
exit_group int
setuid int
setgid int
setreuid int int
setregid int int
setresuid int int int
setresgid int int int
setpgid pid pid
getpgid pid
getsid pid
socket family socktype protocol
socketpair family socktype protocol
accept4 . . . accept
shutdown . shutdown
send . . . message
sendto . . . message
sendmsg . . message
sendmmsg . . . message
recv . . . message
recvfrom . . . message
recvmsg . . message
recvmmsg . . . message
setsockopt . level option
getsockopt . level option
epoll_create1 fdflags
epoll_ctl fd epoll fd
epoll_wait fd . int int
epoll_pwait fd . int int
poll . int int
eventfd2 . fdflags
set_tid_address ptr
set_robust_list ptr noise
rseq ptr noise . noise
pselect6 int
select int
"""

CALLS: dict[str, tuple[str | None, ...]] = {
    name: tuple(None if kind == "." else kind for kind in kinds)
    for name, *kinds in (line.split() for line in _TEXT.strip().splitlines())
}
"""Kernel name without ``sys_`` to the kinds of its first arguments; ``None`` where an argument has none."""
