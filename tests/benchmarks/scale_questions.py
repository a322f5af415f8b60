"""What bench_scale.py asks: filters, and the same questions for the sqlite3 shell."""

from __future__ import annotations

_FAILED = (
    "retno BETWEEN -4095 AND -1 AND name NOT IN ('sys_execve', 'sys_execveat', 'sys_exit', 'sys_exit_group')"
)
"""Penguin logs these calls before they have a result."""

_ARGUMENTS = tuple(f"arg{number}_repr" for number in range(6))

INDEXED = {
    "type = read and fd = 4": "SELECT count(*) FROM read WHERE fd = 4",
    "failed": f"SELECT count(*) FROM syscall WHERE {_FAILED}",
    "errno = ENOENT": f"SELECT count(*) FROM syscall WHERE retno = -2 AND {_FAILED}",
    "name = sys_newfstatat": "SELECT count(*) FROM syscall WHERE name = 'sys_newfstatat'",
    "pid = 4000 and type = syscall": "SELECT count(*) FROM event WHERE proc_id = 4000 AND type = 'syscall'",
    "procname = wget and failed": "SELECT count(*) FROM event JOIN syscall USING (id) "
    f"WHERE procname = 'wget' AND {_FAILED}",
}
"""Filters that the index decides."""


def _any(columns: tuple[str, ...], text: str) -> str:
    return " OR ".join(f"instr({column}, '{text}')" for column in columns)


TEXT = {
    "arg contains nvram": f"SELECT count(*) FROM syscall WHERE {_any(_ARGUMENTS, 'nvram')}",
    "type = syscall and passwd": "SELECT count(*) FROM event JOIN syscall USING (id) WHERE type = 'syscall' AND ("
    + _any(("procname", "name", "retno_repr", *_ARGUMENTS), "passwd")
    + ")",
}
"""Filters over the texts of all arguments; ``instr`` takes the shell less time than LIKE."""

GROUPS = {
    "procname": "SELECT procname, count(*) FROM event GROUP BY procname",
    "name": "SELECT name, count(*) FROM syscall GROUP BY name",
}

FIRST_MATCH = """SELECT event.id FROM event JOIN syscall USING (id)
WHERE instr(arg0_repr, '/etc/passwd') OR instr(arg1_repr, '/etc/passwd') LIMIT 40"""

PAGE = "SELECT * FROM event LEFT JOIN syscall USING (id) LEFT JOIN read USING (id) LIMIT 40"

JUMP = f"{PAGE} OFFSET 7000000"

TYPED = (
    "failed",
    "type = read",
    "type = write and fd = 1",
    "type = exec",
    "type = proc_exit and code != 0",
    "signal = SIGSEGV",
    "errno = ENOENT",
    "errno = EACCES",
    "errno in (EAGAIN, ENOTTY)",
    "errno = ENOENT and name = openat",
    "name = ioctl",
    "name startswith sys_get",
    "name in (socket, bind, listen)",
    "name = mount",
    "fd = 4",
    "fd > 30",
    "fd = -1",
    "pid = 4000",
    "pid in (17, 29, 4711)",
    "procname endswith httpd",
    "procname contains wget and failed",
    "not procname contains sh",
    "retno < 0 and not failed",
    "retno = 0 and name = close",
    "path = /etc/passwd",
    "path startswith /dev/",
    "path pmatch (/proc, /sys)",
    "path contains nvram",
    "path endswith .conf and failed",
    'buffer contains "404 Not Found"',
    "buffer contains GET and procname contains httpd",
    "buflen > 1000",
    "passwd",
    "arg contains O_CREAT",
    "arg1 contains led.conf",
    "text contains nosuchtext",
    'name = ioctl and arg1 ~ "BLK(FLSBUF|GETSIZE64)"',
    "id in 9000000..9000500",
    "id > 9999900 and failed",
    "name = openat and pid = 4990",
)
"""What somebody may type: frequent and rare, by columns, paths, texts and bytes, some with no match at all."""
