"""Decides which values may leave the environment (design: secrets).

Two means. Environment variables: allow by list, everything else is present-but-withheld, or,
with a key, a keyed digest. Free text that is kept (allowed variables, argv, URLs, labels):
a scrubber that replaces what can be a credential. It errs on the side of hiding.
"""

from __future__ import annotations

from .digests import hmac_sha256_hex
from .environment_names import IDENTITY, KEPT, OWN_PREFIX, SWITCHES, is_switch
from .section import Unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Sequence
    from typing import Any

REDACTED = "<redacted>"
MIN_KEY_BYTES = 16
MAX_TEXT = 16 * 1024
MAX_ARGUMENTS = 1024
# curl, wget, redis-cli and their like take USER:PASSWORD after these.
_CREDENTIAL_OPTIONS = ("-u", "-U", "-a", "--user", "--proxy-user")

# Words that announce a secret in `name=value`, `--name value`, `"name": "value"`.
_TELLING = (
    r"pass(?:wd|word|phrase|code)?|pwd|secret|token|credentials?|creds?|cookie|bearer|"
    r"auth(?!or)(?:orization|entication)?|(?:api|access|account|private|secret|signing|shared|"
    r"encryption|license|storage|master|ssh|gpg|hmac|jwt|client|app|service|session|webhook|"
    r"fernet|aes|rsa)[-_. ]?key|apikey|sas|sig|signature|hmac|jwt|salt|otp|pin|dsn|"
    r"connection[-_]?string|conn[-_]?str|session(?:[-_]?id)?|nonce|assertion|webhook|key"
)
# Scanners' shapes of well-known tokens: a fixed beginning, then the secret.
_TOKENS = (
    r"(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA|AGPA|AIDA|AROA)[A-Z0-9]{12,}|"
    r"gh[pousr]_\w{16,}|github_pat_\w{20,}|gl[a-z]{2,6}-[\w-]{16,}|GR1348941[\w-]{16,}|"
    r"xox[a-z](?:-|\.)[\w.-]{8,}|xapp-[\w-]{8,}|[spr]k[-_](?:live|test|prod|ant|proj|or)[-_][\w-]{8,}|"
    r"sk-[\w-]{16,}|AIza[\w-]{30,}|ya29\.[\w-]{16,}|GOCSPX-[\w-]{16,}|eyJ[\w-]{8,}\.[\w.-]{8,}|"
    r"npm_\w{16,}|pypi-[\w-]{16,}|do[opr]_v1_\w{16,}|hf_\w{16,}|api_org_\w{16,}|SG\.[\w-]{8,}\.[\w-]{8,}|"
    r"key-[0-9a-f]{16,}|shp(?:at|ca|pa|ss)_\w{16,}|sq0[a-z]{3}-[\w-]{16,}|EAA[A-Za-z0-9]{16,}|"
    r"AGE-SECRET-KEY-1\w{16,}|hv[sbr]\.[\w-]{16,}|s\.\w{24}|dckr_(?:pat|oat)_[\w-]{16,}|"
    r"lin_api_\w{16,}|figd_[\w-]{16,}|NRA[KA]-\w{16,}|NRJS-\w{8,}|xkeysib-[\w-]{16,}|PMAK-[\w-]{16,}|"
    r"ATATT3[\w=-]{16,}|ATCTT3[\w=-]{16,}|glsa_\w{16,}|glc_[\w=+/-]{16,}|sntrys_[\w=+/-]{16,}|"
    r"rubygems_\w{16,}|CLOJARS_\w{16,}|dp\.(?:pt|st|ct)\.\w{16,}|dapi[0-9a-h]{16,}|pul-\w{16,}|"
    r"tfp_\w{16,}|[A-Za-z0-9]{14}\.atlasv1\.[\w-]{16,}|oy2\w{20,}|secret_\w{16,}|ntn_\w{16,}|"
    r"PRVT\w{16,}|sbp_\w{16,}|fio-u-[\w=-]{16,}|EZ[AT]K\w{16,}|live_\w{16,}|test_[0-9a-f]{16,}|"
    r"\d{8,12}:AA[\w-]{30,}|[MNO][\w-]{23,25}\.[\w-]{6}\.[\w-]{27,}|AccountKey=[\w+/=]{16,}|"
    r"SK[0-9a-fA-F]{32}|AC[0-9a-fA-F]{32}|[0-9a-f]{32}-us\d{1,2}|(?:r8|rpa|gsk|xai|pplx|nvapi|tgp)[-_][\w-]{16,}"
)


class Redactor:
    """Redaction with or without a key.

    `key`: at least `MIN_KEY_BYTES` bytes; raises `Unreadable` for a shorter one, since a short
    key gives away low-entropy values. `show`: name globs (`*`, `?`) whose values the user wants kept.
    """

    def __init__(self, key: bytes | None = None, show: Sequence[str] = ()) -> None:
        if key is not None and len(key) < MIN_KEY_BYTES:
            raise Unreadable("the key is shorter than %d bytes" % MIN_KEY_BYTES)
        self._key = key
        self._show = tuple(show)
        # Names the key without revealing it, so that digests under another key are told apart.
        self.key_id = None if key is None else hmac_sha256_hex(key, b"envaudit key id")[:8]

    def variable(self, name: str, value: str) -> Any:
        """The fact for an environment variable; None for this tool's own variables."""
        if name.startswith(OWN_PREFIX):
            return None
        if self.keeps(name, value):
            return self.text(value)
        return self.withheld(name, value)

    def keeps(self, name: str, value: str) -> bool:
        if name in KEPT or (name in SWITCHES and is_switch(value)):
            return True
        return any(glob_matches(name, pattern) for pattern in self._show)

    def withheld(self, name: str, value: str) -> Any:
        """`{"set": true}`, or with a key a digest that is bound to the name."""
        if self._key is None:
            return {"set": True}
        return self._digest(name + "\0" + value)

    def is_identity(self, name: str) -> bool:
        return name in IDENTITY

    def text(self, text: str) -> str:
        """Free text without what can be a credential."""
        if len(text) > MAX_TEXT:
            text = text[:MAX_TEXT] + "..."
        if _harmless(text):
            return text
        return _Scrubber.shared().scrub(text, self._mark)

    def named(self, name: str, value: str) -> str:
        """Free text under a name that may itself announce a secret (a label, an option)."""
        if value and _Scrubber.shared().is_telling(name):
            return self._mark(value)
        return self.text(value)

    def argv(self, arguments: Sequence[str]) -> list[str]:
        """A command line: also `--password VALUE`, `-u USER:PASSWORD` and `-pPASSWORD`."""
        kept: list[str] = []
        secret_follows = False
        for argument in arguments[:MAX_ARGUMENTS]:
            option = argument.startswith("-")
            name, separator, value = argument.partition("=")
            if secret_follows and not option:
                kept.append(self._mark(argument))
            elif kept and kept[-1] in _CREDENTIAL_OPTIONS and ":" in argument:
                kept.append(self._mark(argument))
            elif separator:
                kept.append(name + "=" + self.named(name.lstrip("-"), value))
            elif argument[:2] == "-p" and argument[2:] and not argument[2:].isdigit():
                kept.append("-p" + self._mark(argument[2:]))
            else:
                kept.append(self.text(argument))
            secret_follows = (
                argument.startswith("--")
                and not separator
                and not argument.endswith(("file", "path", "dir"))
                and _Scrubber.shared().is_telling(argument)
            )
        if len(arguments) > MAX_ARGUMENTS:
            kept.append("... %d more" % (len(arguments) - MAX_ARGUMENTS))
        return kept

    def _mark(self, secret: str) -> str:
        return REDACTED if self._key is None else "<" + self._digest(secret) + ">"

    def _digest(self, message: str) -> str:
        assert self._key is not None
        content = message.encode("utf-8", "surrogatepass")
        return "hmac-sha256:%s:%s" % (self.key_id, hmac_sha256_hex(self._key, content))


class _Scrubber:
    """The patterns, compiled when the first text needs them (`re` is costly to import)."""

    _instance: _Scrubber | None = None

    @classmethod
    def shared(cls) -> _Scrubber:
        if cls._instance is None:
            cls._instance = cls()
        return cls._instance

    def __init__(self) -> None:
        import re

        compile_: Any = re.compile
        self._telling = compile_(r"(?i)(?:^|[^a-z])(?:%s)s?(?:$|[^a-z])" % _TELLING)
        self._telling_camel = compile_(r"(?:Password|Secret|Token|ApiKey|AccessKey|Credential)s?(?![a-z])")
        self._rules: tuple[re.Pattern[str], ...] = (
            # Whole blocks first, then what has structure, then bare tokens.
            compile_(r"-----BEGIN [A-Z0-9 ]*(?:PRIVATE KEY|CERTIFICATE)[\s\S]*?(?:-----END [A-Z0-9 ]*-----|$)"),
            # user information in a URL, with or without a colon; greedy to the last @ before a
            # slash, since a password may itself hold an @
            compile_(r"(?<=://)[^\s/?#]*(?=@)"),
            compile_(r"(?i)(?<=\bbearer )\S+|(?<=\bbasic )[\w+/=-]{6,}|(?<=\btoken )\S{8,}"),
            # name = value, "name": "value", name: value
            compile_(
                r"(?i)(?<![a-z])(?:[\w.-]*[-_.])?(?:%s)s?[\"']?\s{0,4}(?:=>|[=:])\s{0,4}[\"']?"
                r"(?!//)(?P<secret>[^\s\"'&;,}]+)" % _TELLING
            ),
            compile_(r"(?<![A-Za-z0-9])(?:%s)" % _TOKENS),
            compile_(r"(?i)\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b"),
        )
        self._word = compile_(r"[A-Za-z0-9+/=%~!$*^]{8,}")

    def is_telling(self, name: str) -> bool:
        return bool(self._telling.search(name) or self._telling_camel.search(name))

    def scrub(self, text: str, mark: Any) -> str:
        for rule in self._rules:
            text = rule.sub(lambda match: _replace(match, mark), text)
        return str(self._word.sub(lambda match: _replace_random(match.group(), mark), text))


def _replace(match: Any, mark: Any) -> str:
    whole: str = match.group()
    if not whole or whole.startswith("<redacted") or "<hmac-sha256:" in whole:
        return whole
    groups = match.groupdict()
    if "secret" in groups:
        secret = groups["secret"]
        if secret.startswith(("<redacted", "<hmac-sha256:")):
            return whole
        return whole[: len(whole) - len(secret)] + str(mark(secret))
    return str(mark(whole))


def _replace_random(word: str, mark: Any) -> str:
    """Words that no person and no file name would spell: what is left of unknown tokens."""
    pieces = word.split("/")
    return "/".join(str(mark(piece)) if looks_random(piece) else piece for piece in pieces)


def looks_random(word: str) -> bool:
    """Whether a word is likely a generated secret: letters and digits closely mixed, or long
    with both, or a long hexadecimal number."""
    letters = sum(character.isalpha() for character in word)
    digits = sum(character.isdigit() for character in word)
    if len(word) < 8 or not letters or not digits:
        return len(word) >= 24 and letters == len(word) and _case_changes(word) >= 8
    changes = sum(
        first.isdigit() != second.isdigit() for first, second in zip(word, word[1:])
    )
    return changes >= 4 or (len(word) >= 16 and (digits >= 3 or _case_changes(word) >= 4))


def _case_changes(word: str) -> int:
    return sum(first.isupper() != second.isupper() for first, second in zip(word, word[1:]))


_PLAIN = frozenset("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_.,-/+ ")


def _harmless(text: str) -> bool:
    """Cheap and certain: too short and too plain to hold a credential that the rules know.

    Spares the import of `re` for numbers, names and paths, which is nearly everything.
    """
    for character in text:
        if character not in _PLAIN:
            return False
    for piece in text.replace("/", " ").replace("-", " ").replace("_", " ").split():
        if len(piece) >= 8 and (piece.isdigit() or not piece.isalpha() or len(piece) >= 24):
            if looks_random(piece) or (len(piece) >= 12 and not piece.isalpha()):
                return False
    return not any(word in text for word in ("Bearer", "bearer", "Basic", "basic", "BEGIN"))


def glob_matches(name: str, pattern: str) -> bool:
    """`*` and `?` as in a shell, on the whole name; `fnmatch` would import `re`."""
    position = mark = 0
    star = -1
    place = 0
    while position < len(name):
        if place < len(pattern) and pattern[place] in ("?", name[position]) and pattern[place] != "*":
            position += 1
            place += 1
        elif place < len(pattern) and pattern[place] == "*":
            star, mark = place, position
            place += 1
        elif star >= 0:
            mark += 1
            position, place = mark, star + 1
        else:
            return False
    return all(character == "*" for character in pattern[place:])
