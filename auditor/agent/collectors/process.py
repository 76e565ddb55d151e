"""The application's main process: who it is, what it may do, how it was started.

All from /proc/PID (proc(5)).

- `uid`, `gid`: effective, which decide access. `groups`: supplementary groups, sorted.
  Both as the process has them in its own user namespace (user_namespaces(7)). `ids_mapped`:
  whether they stand for other numbers outside, as with rootless engines; `uid_map`, `gid_map`:
  for which ("FIRST FIRST-OUTSIDE COUNT"), identity: they are of one machine's user.
- `user`: the name of `uid` in /etc/passwd (passwd(5)); `passwd_entry`: whether it has one.
- `group_entry`: whether `gid` has one in /etc/group (group(5)).
- `umask`: four octal digits. `cwd`, `exe`: paths as the process's own root names them.
- `argv`: the command line, redacted.
- `capabilities`, `capabilities.bounding`: effective and bounding set (capabilities(7)).
- `seccomp`: `disabled`, `strict` or `filter` (seccomp(2)). `no_new_privs`: PR_SET_NO_NEW_PRIVS.
- `nice`: -20 to 19, `scheduler`: the policy, both from `stat` (sched(7)).
- `pid`: in its innermost PID namespace; identity.

What a process inherits (identity, directory, umask, capabilities) is told of an application
that is still to be started, too; its program and arguments are not.
"""

from __future__ import annotations

from ..section import RUNTIME, Unreadable, why

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..section import Facts
    from ..subject import Subject

SECTION = "process"
ORIGIN = RUNTIME

# By number: linux/capability.h.
CAPABILITIES = (
    "CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE "
    "NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO "
    "SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME "
    "SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG "
    "WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE"
).split()
SECCOMP_MODES = {"0": "disabled", "1": "strict", "2": "filter"}
# linux/sched.h; 4 was never used.
SCHEDULERS = {0: "other", 1: "fifo", 2: "rr", 3: "batch", 5: "idle", 6: "deadline", 7: "ext"}
_STAT_NICE, _STAT_POLICY = 16, 38  # fields 19 and 41 of proc(5), counted after the name

NOT_STARTED = "the application is not started yet"
MAX_PASSWD_LINES = 100_000


def collect(subject: Subject, facts: Facts) -> None:
    subject.require_running()
    process = subject.process
    status = process.status
    facts.attempt("uid", effective, subject, "Uid")
    facts.attempt("gid", effective, subject, "Gid")
    facts.attempt("groups", supplementary_groups, subject)
    for field in ("Uid", "Gid"):
        mapped = facts.attempt("%s_map" % field.lower(), id_map, subject, field)
        if mapped is not None:
            facts.identify("%s_map" % field.lower(), mapped)
    facts.attempt("ids_mapped", ids_mapped, subject)
    facts.attempt("umask", umask, status)
    facts.attempt("capabilities", capabilities, status, "CapEff")
    facts.attempt("capabilities.bounding", capabilities, status, "CapBnd")
    facts.attempt("seccomp", seccomp, status)
    facts.attempt("no_new_privs", no_new_privs, status)
    collect_user(subject, facts)
    collect_group(subject, facts)
    collect_scheduling(subject, facts)
    facts.attempt("cwd", lambda: subject.redactor.text(process.cwd))
    if subject.started:
        facts.attempt("argv", lambda: subject.redactor.argv(process.argv))
        facts.attempt("exe", lambda: subject.redactor.text(process.exe))
        if facts.attempt("pid", lambda: process.pid) is not None:
            facts.identify("pid", process.pid)
    else:
        facts.gap("argv", NOT_STARTED)
        facts.gap("exe", NOT_STARTED)


def effective(subject: Subject, field: str) -> int:
    return subject.process.own_number(field, subject.process.identities(field)[1])


def supplementary_groups(subject: Subject) -> list[int]:
    numbers = field_of(subject.process.status, "Groups").split()
    return sorted(subject.process.own_number("Gid", int(number)) for number in numbers)


def id_map(subject: Subject, field: str) -> list[str] | None:
    ranges = subject.process.id_map(field)
    return None if ranges is None else ["%d %d %d" % one for one in ranges]


def ids_mapped(subject: Subject) -> bool:
    return subject.process.id_map("Uid") is not None


def umask(status: dict[str, str]) -> str:
    """Linux tells it since 4.7."""
    return "%04o" % int(field_of(status, "Umask"), 8)


def capabilities(status: dict[str, str], field: str) -> list[str]:
    return capability_names(int(field_of(status, field), 16))


def capability_names(mask: int) -> list[str]:
    names = []
    for number in range(64):
        if mask >> number & 1:
            known = number < len(CAPABILITIES)
            names.append("CAP_" + (CAPABILITIES[number] if known else str(number)))
    return sorted(names)


def seccomp(status: dict[str, str]) -> str:
    mode = field_of(status, "Seccomp")
    return SECCOMP_MODES.get(mode, "mode " + mode[:8])


def no_new_privs(status: dict[str, str]) -> bool:
    return field_of(status, "NoNewPrivs") != "0"


def field_of(status: dict[str, str], field: str) -> str:
    if field not in status:
        raise Unreadable("this kernel does not tell")
    return status[field]


def collect_user(subject: Subject, facts: Facts) -> None:
    uid = facts.get("uid")
    if uid is None:
        facts.gap("user", "the uid is not known")
        return
    try:
        entry = passwd_entry(subject, uid)
    except FileNotFoundError:
        entry = None  # an image built from scratch: nobody has an entry
    except (OSError, ValueError) as error:
        facts.gap("user", why(error))
        facts.gap("passwd_entry", why(error))
        return
    facts["passwd_entry"] = entry is not None
    if entry is not None:
        facts["user"] = subject.redactor.text(entry[0])


def collect_group(subject: Subject, facts: Facts) -> None:
    gid = facts.get("gid")
    if gid is None:
        facts.gap("group_entry", "the gid is not known")
        return
    try:
        lines = subject.root.text("/etc/group").splitlines()[:MAX_PASSWD_LINES]
    except FileNotFoundError:
        lines = []
    except (OSError, ValueError) as error:
        facts.gap("group_entry", why(error))
        return
    facts["group_entry"] = any(line.split(":")[2:3] == [str(gid)] for line in lines)


def passwd_entry(subject: Subject, uid: int) -> list[str] | None:
    """The first line with that uid, as getpwuid(3) finds it without other name services."""
    wanted = str(uid)
    for line in subject.root.text("/etc/passwd").splitlines()[:MAX_PASSWD_LINES]:
        fields = line.split(":")
        if len(fields) >= 7 and fields[2] == wanted:
            return fields
    return None


def collect_scheduling(subject: Subject, facts: Facts) -> None:
    try:
        stat = subject.root.value(subject.process.path("stat"))
        fields = stat[stat.rindex(")") + 1 :].split()  # the name may hold anything
        facts["nice"] = int(fields[_STAT_NICE])
        policy = int(fields[_STAT_POLICY])
        facts["scheduler"] = SCHEDULERS.get(policy, "policy %d" % policy)
    except (OSError, ValueError, IndexError) as error:
        facts.gap("nice", why(error))
        facts.gap("scheduler", why(error))
