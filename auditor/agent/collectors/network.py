"""How names are resolved, where connections are sent, and whom TLS trusts.

- `hostname`: identity.
- `resolver.search`, `resolver.options`: /etc/resolv.conf as amended by LOCALDOMAIN and
  RES_OPTIONS (resolv.conf(5)); the options are an object, true for one without a value.
- `resolver.nameservers`: identity. The addresses name the network that an instance happens to
  be on, as its host name does; how many there are (`resolver.nameserver_count`) is a fact.
- `hosts.NAME`: addresses that /etc/hosts gives to a name (hosts(5)), without the loopback
  entries and the instance's own name that every system and container runtime puts there.
- `nsswitch.hosts`: the sources of host names, in order (nsswitch.conf(5)).
- `proxy.http`, `.https`, `.all`, `.ftp`, `.no`: of the environment, redacted; the lower-case
  variable wins, as in `urllib.request.getproxies`. `proxy.ambiguous`: those whose two
  spellings differ, so that other programs see another proxy.
- `ca_bundle`: the certificate file of OpenSSL's default context, and so of Python's `ssl`:
  SSL_CERT_FILE, else the distribution's (`.source` says which). `requests_ca_bundle`: what
  REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE name; without them requests uses certifi.
  `ca_directory`: SSL_CERT_DIR. Each with `.path`, `.exists`, `.digest` (SHA-256 of the file, or
  of a directory's certificates and their names) and `.certificates` (their number).
- `openssl.conf`: the configuration that OpenSSL, and so `ssl` and `hashlib`, start with: the file
  that OPENSSL_CONF names, else conda's, else the distribution's (`.source`), as `.path`,
  `.exists` and `.digest` (SHA-256 of its settings with those that it includes, without
  comments); an empty OPENSSL_CONF, or /dev/null, means none. From it (config(5)):
  `openssl.providers` that are activated, `openssl.engines`, `openssl.properties` that algorithms
  must have, `openssl.fips` (approved algorithms only), and the defaults of every TLS context:
  `openssl.tls.min_protocol`, `.max_protocol`, `.ciphers`, `.security_level`, `.ciphersuites`,
  `.groups`, `.signature_algorithms`, `.options`. `openssl.kernel_fips`: of the host,
  /proc/sys/crypto/fips_enabled, which distributions' OpenSSL obeys.
- `gai`: the lines of /etc/gai.conf (gai.conf(5)) that say in which order getaddrinfo(3) returns
  addresses. `services.exists`: whether there is a table of services (services(5)).
- `ipv6.disabled`: no interface of the process has an IPv6 address, not even loopback
  (/proc/PID/net/if_inet6).
- `sysctl.NAME`: settings of the process's network namespace, under their sysctl(8) names
  (kernel documentation networking/ip-sysctl).
"""

from __future__ import annotations

from ..application import find_interpreter
from ..digests import sha256_hex
from ..openssl_conf import DEFAULT_FILES, Configuration, security_level
from ..root import KIB, MIB, whole_number
from ..section import EVERYTHING_ELSE, HOST, IMAGE, RUNTIME, Unreadable, why

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..root import Root
    from ..section import Facts
    from ..subject import Subject

SECTION = "network"
ORIGIN = RUNTIME

# Where distributions keep one file with all certificates: Debian, Alpine, Arch; Fedora; SUSE;
# OpenSSL's own name.
CA_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/etc/pki/tls/cert.pem",
)
# What sysctl calls net.ipv4.tcp_keepalive_time is a file below /proc/sys.
SYSCTLS = (
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.tcp_congestion_control",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_retries2",
    "net.ipv4.tcp_syn_retries",
    "net.ipv4.tcp_tw_reuse",
    "net.ipv6.bindv6only",
    "net.ipv6.conf.all.disable_ipv6",
    "net.ipv6.conf.default.disable_ipv6",
    "net.ipv6.conf.lo.disable_ipv6",
)
PROXIES = ("http", "https", "all", "ftp", "no")
# Names that systems give to the loopback and multicast addresses (Debian's netbase, Docker).
LOOPBACK_NAMES = frozenset(
    "localhost localhost.localdomain localhost4 localhost4.localdomain4 localhost6 "
    "localhost6.localdomain6".split()
)
PODMAN_HOST = "host.containers.internal"  # podman adds the line by itself
CERTIFICATE_MARKS = (b"-----BEGIN CERTIFICATE-----", b"-----BEGIN TRUSTED CERTIFICATE-----")

MAX_HOSTS = 256
MAX_WORDS = 64
MAX_BUNDLE = 16 * MIB
MAX_CERTIFICATES = 4096  # files of a directory


def collect(subject: Subject, facts: Facts) -> None:
    facts.attempt("nsswitch.hosts", nsswitch_hosts, subject)
    facts.attempt("gai", address_order, subject)
    facts["services.exists"] = subject.root.is_file("/etc/services")
    collect_openssl(subject, facts)
    if not subject.running:
        collect_ca(subject, facts, "ca_bundle", default_bundle(subject), "default")
        facts.gap(EVERYTHING_ELSE, "not running: decided when the container is started")
        return
    collect_hostname(subject, facts)
    collect_resolver(subject, facts)
    collect_hosts(subject, facts)
    collect_proxies(subject, facts)
    collect_trust(subject, facts)
    facts.attempt("ipv6.disabled", ipv6_disabled, subject)
    collect_sysctls(subject, facts)


# -- names ------------------------------------------------------------------------------------


def collect_hostname(subject: Subject, facts: Facts) -> None:
    try:
        facts.identify("hostname", hostname(subject))
    except (OSError, ValueError) as error:
        facts.gap("hostname", why(error))


def hostname(subject: Subject) -> str:
    """The kernel tells the reader's own, so that seen from outside only the file remains."""
    if subject.process.shares_namespace("uts"):
        try:
            return subject.root.value("/proc/sys/kernel/hostname")
        except FileNotFoundError:
            pass
    return subject.root.value("/etc/hostname")


def collect_resolver(subject: Subject, facts: Facts) -> None:
    try:
        lines = subject.root.text("/etc/resolv.conf", 64 * KIB).splitlines()
    except FileNotFoundError:
        lines = []
    except (OSError, ValueError) as error:
        for key in ("search", "options", "nameservers", "nameserver_count"):
            facts.gap("resolver." + key, why(error))
        return
    nameservers: list[str] = []
    search: list[str] = []
    options: list[str] = []
    for line in lines:
        words = line.split()[:MAX_WORDS]
        if len(words) < 2:
            continue
        if words[0] == "nameserver":
            nameservers.append(words[1])
        elif words[0] in ("search", "domain"):  # the last one counts
            search = words[1:]
        elif words[0] == "options":
            options += words[1:]
    environ = subject.environ
    if environ.get("LOCALDOMAIN"):
        search = environ["LOCALDOMAIN"].split()[:MAX_WORDS]
    options += environ.get("RES_OPTIONS", "").split()[:MAX_WORDS]

    text = subject.redactor.text
    facts["resolver.search"] = [text(name) for name in search]
    facts["resolver.options"] = resolver_options([text(option) for option in options])
    facts.identify("resolver.nameservers", [text(address) for address in nameservers])
    facts["resolver.nameserver_count"] = len(nameservers)


def resolver_options(words: list[str]) -> dict[str, Any]:
    options: dict[str, Any] = {}
    for word in sorted(words[:MAX_WORDS], key=lambda word: word.partition(":")[0]):
        name, separator, value = word.partition(":")
        number = whole_number(value)
        options[name] = (value if number is None else number) if separator else True
    return options


def collect_hosts(subject: Subject, facts: Facts) -> None:
    try:
        lines = subject.root.text("/etc/hosts", MIB).splitlines()
    except FileNotFoundError:
        return
    except (OSError, ValueError) as error:
        facts.gap("hosts.*", why(error))
        return
    own = facts.get("hostname") or subject.environ.get("HOSTNAME")
    overrides: dict[str, list[str]] = {}
    for line in lines:
        words = line.partition("#")[0].split()
        address, names = (words[0], words[1:]) if words else ("", [])
        if PODMAN_HOST in names or own in names:
            continue
        for name in names:
            if not is_standard_host(name):
                overrides.setdefault(name, []).append(address)
    for number, (name, addresses) in enumerate(sorted(overrides.items())):
        if number >= MAX_HOSTS:
            facts.gap("hosts.*", "more than %d names" % MAX_HOSTS)
            break
        facts["hosts." + subject.redactor.text(name)] = addresses[:MAX_WORDS]


def is_standard_host(name: str) -> bool:
    return name in LOOPBACK_NAMES or name.startswith("ip6-")


def nsswitch_hosts(subject: Subject) -> str | None:
    try:
        lines = subject.root.text("/etc/nsswitch.conf", 64 * KIB).splitlines()
    except FileNotFoundError:
        return None
    for line in lines:
        database, separator, sources = line.partition("#")[0].partition(":")
        if separator and database.strip() == "hosts":
            return subject.redactor.text(" ".join(sources.split()))
    return None


def address_order(subject: Subject) -> list[str] | None:
    """None where the file says nothing, so that the C library's own order holds."""
    try:
        text = subject.root.text("/etc/gai.conf", 64 * KIB)
    except FileNotFoundError:
        return None
    lines = [" ".join(line.partition("#")[0].split()) for line in text.splitlines()]
    return [subject.redactor.text(line) for line in lines if line][:MAX_WORDS] or None


# -- connections ------------------------------------------------------------------------------


def collect_proxies(subject: Subject, facts: Facts) -> None:
    environ = subject.environ
    ambiguous = []
    for kind in PROXIES:
        lower = environ.get(kind + "_proxy")
        upper = environ.get(kind.upper() + "_PROXY")
        value = upper if lower is None else lower
        if value:
            facts["proxy." + kind] = subject.redactor.text(value)
        if lower is not None and upper is not None and lower != upper:
            ambiguous.append(kind)
    if ambiguous:
        facts["proxy.ambiguous"] = ambiguous


def ipv6_disabled(subject: Subject) -> bool:
    try:
        addresses = subject.root.text(subject.process.path("net/if_inet6"), MIB)
    except FileNotFoundError:
        # Without IPv6 in the kernel there is no such file; without the directory we know nothing.
        subject.root.stat(subject.process.path("net"))
        return True
    return not addresses.strip()


def collect_sysctls(subject: Subject, facts: Facts) -> None:
    if not subject.process.shares_namespace("net"):
        # /proc/sys/net is the reader's namespace; there is none below /proc/PID.
        facts.gap("sysctl.*", "seen only from inside the network namespace")
        return
    for name in SYSCTLS:
        facts.attempt("sysctl." + name, sysctl, subject, name)


def sysctl(subject: Subject, name: str) -> int | str | None:
    """None where this kernel has no such setting."""
    try:
        words = subject.root.value("/proc/sys/" + name.replace(".", "/")).split()
    except FileNotFoundError:
        subject.root.stat("/proc/sys")
        return None
    number = whole_number(words[0]) if len(words) == 1 else None
    return " ".join(words) if number is None else number


# -- OpenSSL ----------------------------------------------------------------------------------


def collect_openssl(subject: Subject, facts: Facts) -> None:
    if subject.running:
        facts.origins["openssl.kernel_fips"] = HOST
        facts.attempt("openssl.kernel_fips", kernel_fips, subject.root)
    try:
        environ = subject.environ
    except (OSError, ValueError):
        environ = {}
    told = environ.get("OPENSSL_CONF")
    path = openssl_configuration(subject) if told is None else told
    facts["openssl.conf.source"] = "default" if told is None else "OPENSSL_CONF"
    if path:
        facts["openssl.conf.path"] = subject.redactor.path(path)
    try:
        if path in (None, "", "/dev/null"):
            raise FileNotFoundError
        configuration = Configuration(subject.root, path, environ)
    except (FileNotFoundError, NotADirectoryError):
        facts["openssl.conf.exists"] = False
        facts["openssl.providers"] = ["default"]
        facts["openssl.fips"] = False
    except (OSError, ValueError) as error:
        facts.gap("openssl.*", why(error))
    else:
        facts["openssl.conf.exists"] = True
        collect_configuration(subject, facts, configuration)
    if told is None:
        for key in facts.values:
            if key.startswith("openssl.") and key != "openssl.kernel_fips":
                facts.origins[key] = IMAGE


def openssl_configuration(subject: Subject) -> str | None:
    """Conda's OpenSSL has a directory of its own, as the distribution's has."""
    interpreter = find_interpreter(subject)
    conda = interpreter is not None and interpreter.is_conda
    own = [interpreter.base_prefix + "/ssl/openssl.cnf"] if interpreter and conda else []
    return subject.root.first_file(*own, *DEFAULT_FILES)


def collect_configuration(subject: Subject, facts: Facts, configuration: Configuration) -> None:
    text = subject.redactor.text
    facts["openssl.conf.digest"] = configuration.digest
    facts["openssl.providers"] = [text(name) for name in configuration.providers[:MAX_WORDS]]
    facts["openssl.fips"] = configuration.fips
    if configuration.engines:
        facts["openssl.engines"] = [text(name) for name in configuration.engines[:MAX_WORDS]]
    if configuration.properties:
        facts["openssl.properties"] = text(configuration.properties)
    for command, value in sorted(configuration.tls.items()):
        facts["openssl.tls." + command] = text(value)
    level = security_level(configuration.tls.get("ciphers", ""))
    if level is not None:
        facts["openssl.tls.security_level"] = level


def kernel_fips(root: Root) -> bool:
    try:
        return root.value("/proc/sys/crypto/fips_enabled") == "1"
    except FileNotFoundError:
        root.stat("/proc/sys")  # a kernel without that mode
        return False


# -- trust ------------------------------------------------------------------------------------


def collect_trust(subject: Subject, facts: Facts) -> None:
    environ = subject.environ
    source = "SSL_CERT_FILE" if environ.get("SSL_CERT_FILE") else "default"
    bundle = environ.get("SSL_CERT_FILE") or default_bundle(subject)
    collect_ca(subject, facts, "ca_bundle", bundle, source)
    if environ.get("SSL_CERT_DIR"):
        # A list like PATH; the first is where certificates are added.
        path = environ["SSL_CERT_DIR"].partition(":")[0]
        collect_ca(subject, facts, "ca_directory", path, "SSL_CERT_DIR")
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        if environ.get(name):
            collect_ca(subject, facts, "requests_ca_bundle", environ[name], name)
            break


def default_bundle(subject: Subject) -> str | None:
    return subject.root.first_file(*CA_BUNDLES)


def collect_ca(subject: Subject, facts: Facts, key: str, path: str | None, source: str) -> None:
    if path is None:
        facts[key + ".exists"] = False
        return
    facts[key + ".source"] = source
    facts[key + ".path"] = subject.redactor.text(path)
    if key != "ca_bundle" and facts[key + ".path"] == facts.get("ca_bundle.path"):
        for aspect in ("exists", "digest", "certificates"):
            if "ca_bundle." + aspect in facts:
                facts["%s.%s" % (key, aspect)] = facts["ca_bundle." + aspect]
        return
    try:
        content = ca_content(subject.root, path)
    except (FileNotFoundError, NotADirectoryError):
        facts[key + ".exists"] = False
        return
    except (OSError, ValueError) as error:
        for aspect in ("exists", "digest", "certificates"):
            facts.gap("%s.%s" % (key, aspect), why(error))
        return
    facts[key + ".exists"] = True
    facts[key + ".digest"] = "sha256:" + sha256_hex(content)
    facts[key + ".certificates"] = sum(content.count(mark) for mark in CERTIFICATE_MARKS)


def ca_content(root: Root, path: str) -> bytes:
    """A bundle's content; of a directory the files that OpenSSL would look at, after their
    names, in order."""
    if not root.is_dir(path):
        return root.read(path, MAX_BUNDLE)
    names = [name for name in root.listdir(path) if is_hashed_name(name)]
    if len(names) > MAX_CERTIFICATES:
        raise Unreadable("more than %d certificates" % MAX_CERTIFICATES)
    parts: list[bytes] = []
    left = MAX_BUNDLE
    for name in names:
        file = path.rstrip("/") + "/" + name
        if root.is_file(file):  # links that lead nowhere are usual
            content = root.read(file, left)
            left -= len(content)
            parts += [name.encode("utf-8", "backslashreplace"), b"\n", content]
    return b"".join(parts)


def is_hashed_name(name: str) -> bool:
    """`HASH.N`, as X509_LOOKUP_hash_dir(3) finds certificates: eight hexadecimal digits."""
    digits, _, number = name.partition(".")
    return len(digits) == 8 and number.isdigit() and all(c in "0123456789abcdef" for c in digits)
