"""OpenSSL's configuration file as the library reads it (config(5), SSL_CONF_cmd(3)).

Only what decides which algorithms and protocols a program gets: the providers and engines that
are activated, the default properties of algorithms, and the system's defaults for TLS.
"""

from __future__ import annotations

from .digests import sha256_hex
from .root import KIB, whole_number
from .section import Unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .root import Root

MAX_FILE = 256 * KIB
MAX_FILES = 64  # with all that are included
MAX_DEPTH = 8
MAX_VALUE = 4 * KIB
DEFAULT = "default"  # the section before the first heading
YES = ("1", "yes", "true", "on")
NO = ("0", "no", "false", "off")
# Where OpenSSL's default directory is: Debian, Fedora, Alpine and SUSE, OpenSSL's own.
DEFAULT_FILES = (
    "/usr/lib/ssl/openssl.cnf",
    "/etc/pki/tls/openssl.cnf",
    "/etc/ssl/openssl.cnf",
    "/usr/local/ssl/openssl.cnf",
)
# Names of settings whose values can be secret (an engine's PIN): they stay out of the digest,
# which would give a short one away.
SECRET = ("pin", "pass", "secret", "token", "key")
# Commands of SSL_CONF_cmd(3), which are known in any case, and what we call them.
TLS_COMMANDS = {
    "minprotocol": "min_protocol",
    "maxprotocol": "max_protocol",
    "cipherstring": "ciphers",
    "ciphersuites": "ciphersuites",
    "groups": "groups",
    "curves": "groups",
    "signaturealgorithms": "signature_algorithms",
    "options": "options",
}


class Configuration:
    """`sections`: name -> settings. `digest` covers the settings in the order in which they were
    read, not comments, blanks, what can be secret, or where an included file lies."""

    def __init__(self, root: Root, path: str, environ: dict[str, str]) -> None:
        self.sections: dict[str, dict[str, str]] = {DEFAULT: {}}
        self._root = root
        self._environ = environ
        self._lines: list[str] = []
        self._files = 0
        self._section = DEFAULT
        self._read(path, 0)
        self.digest = "sha256:" + sha256_hex("\n".join(self._lines).encode("utf-8", "replace"))

    # -- what it decides --------------------------------------------------------------------

    @property
    def providers(self) -> list[str]:
        """Those that are activated; the default one is, where no other is."""
        names = []
        for name, target in self._module("providers").items():
            settings = self.sections.get(target, {})
            if settings.get("activate", "0").lower() not in NO:
                names.append(settings.get("identity", name))
        return sorted(names) or [DEFAULT]

    @property
    def engines(self) -> list[str]:
        names = [
            self.sections.get(target, {}).get("engine_id", name)
            for name, target in self._module("engines").items()
        ]
        return sorted(names)

    @property
    def properties(self) -> str:
        """What every algorithm has to be, unless the program says otherwise (`fips=yes`)."""
        settings = self._module("alg_section")
        if settings.get("fips_mode", "").lower() in YES:
            return "fips=yes"
        return settings.get("default_properties", "")

    @property
    def fips(self) -> bool:
        """Whether programs get approved algorithms only."""
        wanted = [word.strip() for word in self.properties.split(",")]
        providers = self.providers
        return (
            "fips=yes" in [word.replace(" ", "") for word in wanted]
            or "fips" in wanted
            or ("fips" in providers and DEFAULT not in providers)
        )

    @property
    def tls(self) -> dict[str, str]:
        """The settings that every TLS context starts with."""
        section = self._module("ssl_conf").get("system_default", "")
        found = {}
        for name, value in self.sections.get(section, {}).items():
            command = TLS_COMMANDS.get(name.rpartition(".")[2].lower())
            if command is not None:
                found[command] = value
        return found

    def _module(self, name: str) -> dict[str, str]:
        main = self.sections[DEFAULT].get("openssl_conf", "")
        return self.sections.get(self.sections.get(main, {}).get(name, ""), {})

    # -- the syntax -------------------------------------------------------------------------

    def _read(self, path: str, depth: int) -> None:
        self._files += 1
        if self._files > MAX_FILES or depth > MAX_DEPTH:
            raise Unreadable("includes too many files")
        for line in joined_lines(self._root.text(path, MAX_FILE)):
            if line.startswith("["):
                self._section = line[1:].partition("]")[0].strip()
                self.sections.setdefault(self._section, {})
                self._lines.append("[%s]" % self._section)
            elif line.startswith(".include") and line[8:9] in ("", " ", "\t", "="):
                self._include(self._value(line[8:].lstrip(" \t=")), path, depth)
            elif not line.startswith(".pragma"):
                self._set(line)

    def _set(self, line: str) -> None:
        name, separator, value = line.partition("=")
        if not separator:
            return
        section, scope, plain = name.strip().rpartition("::")
        settings = self.sections.setdefault(section if scope else self._section, {})
        settings[plain] = self._value(value.strip())
        secret = any(word in plain.lower() for word in SECRET)
        self._lines.append("%s=%s" % (name.strip(), "" if secret else value.strip()))

    def _include(self, target: str, path: str, depth: int) -> None:
        """A file, or the files of a directory that end in .cnf or .conf; a missing one counts
        for nothing, as for OpenSSL."""
        root = self._root
        if not target.startswith("/"):
            base = self._environ.get("OPENSSL_CONF_INCLUDE") or path.rpartition("/")[0]
            target = base.rstrip("/") + "/" + target
        if root.is_dir(target):
            names = [name for name in root.names(target) if name.endswith((".cnf", ".conf"))]
            files = [target.rstrip("/") + "/" + name for name in names]
        else:
            files = [target]
        for file in files:
            if root.is_file(file):
                self._read(file, depth + 1)

    def _value(self, text: str) -> str:
        """Without quotes and backslashes, with variables replaced."""
        result = ""
        quote = ""
        position = 0
        while position < len(text) and len(result) < MAX_VALUE:
            letter = text[position]
            position += 1
            if letter == "\\" and position < len(text):
                result += text[position]
                position += 1
            elif letter == quote:
                quote = ""
            elif letter in "\"'" and not quote:
                quote = letter
            elif letter == "$" and quote != "'":
                name, position = variable_at(text, position)
                result += self._variable(name)
            else:
                result += letter
        return result[:MAX_VALUE]

    def _variable(self, name: str) -> str:
        section, scope, plain = name.rpartition("::")
        if section == "ENV":
            return self._environ.get(plain, "")
        settings = self.sections.get(section if scope else self._section, {})
        return settings.get(plain, self.sections[DEFAULT].get(plain, ""))


def joined_lines(text: str) -> list[str]:
    """Without comments and blanks, continued lines as one."""
    lines: list[str] = []
    begun = ""
    for written in text.splitlines():
        line = begun + without_comment(written).strip()
        begun = ""
        if line.endswith("\\") and not line.endswith("\\\\"):
            begun = line[:-1]
        elif line:
            lines.append(line)
    return lines


def without_comment(line: str) -> str:
    """Up to a `#` that is neither quoted nor escaped."""
    if "#" not in line:
        return line
    quote = ""
    escaped = False
    for position, letter in enumerate(line):
        if escaped:
            escaped = False
        elif letter == "\\":
            escaped = True
        elif letter == quote:
            quote = ""
        elif letter in "\"'" and not quote:
            quote = letter
        elif letter == "#" and not quote:
            return line[:position]
    return line


def variable_at(text: str, start: int) -> tuple[str, int]:
    """The name after a `$`, and where the text goes on: `name`, `${name}`, `$(name)`."""
    closing = {"{": "}", "(": ")"}.get(text[start : start + 1])
    if closing:
        end = text.find(closing, start)
        end = len(text) if end < 0 else end
        return text[start + 1 : end], end + 1
    end = start
    while end < len(text) and (text[end].isalnum() or text[end] in "_:"):
        end += 1
    return text[start:end], end


def security_level(ciphers: str) -> int | None:
    """Of a cipher list that says so: `DEFAULT@SECLEVEL=2` (SSL_CTX_set_security_level(3))."""
    _, mark, level = ciphers.rpartition("@SECLEVEL=")
    return whole_number(level[:1]) if mark else None
