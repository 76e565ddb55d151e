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
MAX_WORD = 1024
MAX_ARGUMENTS = 1024
_SECRET_OPTIONS = ("-p", "-P", "-a", "-w")
# Words that announce a secret in `name=value`, `--name value`, `["name"] = "value"`: wherever a
# name ends in one (PGPASSWORD), and those that must be a word of their own (monkey, compass).
_TELLING_ENDS = (
    r"passwords?|passwd|passphrase|passcode|secrets?|tokens?|credentials?|"
    r"(?:api|access|account|private|secret|shared|storage)key"
)
_TELLING_WORDS = (
    r"[a-z]{0,8}(?<!by)(?<!com)(?<!sur)(?<!tres)pass|(?:my|db|user|root|admin)?pwd?|creds?|"
    r"cookies?|bearer|mnemonic|"
    r"auth(?:orization|entication|(?!or))|(?:api|access|account|private|secret|signing|shared|"
    r"encryption|license|storage|master|ssh|gpg|hmac|jwt|client|app|service|session|webhook|"
    r"fernet|aes|rsa)[-_. ]?keys?|sas|sig|signature|hmac|jwt|salt|otp|pin|dsn|"
    r"connection[-_]?string|conn[-_]?str|session(?:[-_]?id)?|nonce|assertion|webhook|keys?"
)
_TELLING = r"(?:%s|(?<![a-z])(?:%s))" % (_TELLING_ENDS, _TELLING_WORDS)
# `["key"]`, `("key", "value")`, `<key>` announce nothing unless a word stands before it.
_TELLING_MORE = r"%s(?<![^\w.-]key)(?<![^\w.-]keys)" % _TELLING
# `=`, `:`, and what programs write when they assign or compare.
_IS = r"\s{0,4}(?:=>|[:!+?|]{0,2}={1,3}|:)\s{0,4}(?!//)"
_TYPE = r":\s{0,4}(?:str|bytes|string|any|final|optional|secretstr)\b[\w\[\]|. ]{0,40}=\s{0,4}"
# The value after such a name: quoted, or up to a blank or to where the next name begins.
_QUOTED = r"\"(?:[^\"\\]|\\.){1,4096}\"?|'(?:[^'\\]|\\.){1,4096}'?"
_VALUE = (
    r"(?P<secret>" + _QUOTED + "|"
    r"[bBrRuUfF]{1,2}(?:\"(?:[^\"\\]|\\.){1,4096}\"|'(?:[^'\\]|\\.){1,4096}')(?![^\s,;)}\]])|"
    r"(?:(?![&;,]\s?[\w. -]{1,40}[=:]|[\"'}]+(?:[\s,;}\]]|$))\S){1,4096})"
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
    key gives away low-entropy values. `show`: name globs (`*`, `?`) whose values the user wants
    kept.
    """

    def __init__(self, key: bytes | None = None, show: Sequence[str] = ()) -> None:
        if key is not None and len(key) < MIN_KEY_BYTES:
            raise Unreadable("the key is shorter than %d bytes" % MIN_KEY_BYTES)
        self._key = key
        self._show = tuple(show)
        # Names the key without revealing it, so that digests under another key are told apart.
        self.key_id = None if key is None else hmac_sha256_hex(key, b"envaudit key id")[:8]

    @property
    def identity(self) -> list[Any]:
        """Two redactors of one identity write the same."""
        return [self.key_id, list(self._show)]

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
            # Without the word that is cut: half a credential is not recognised as one.
            text = text[: max(text.rfind(" ", 0, MAX_TEXT), MAX_TEXT - MAX_WORD)] + "..."
        if _harmless(text):
            return text
        return _Scrubber.shared().scrub(text, self._mark)

    def path(self, path: str) -> str:
        """A file's path. Its own name stays: wheels' libraries hold digits of a hash."""
        directory, separator, name = path.rpartition("/")
        return self.text(directory) + separator + name

    def named(self, name: str, value: str) -> str:
        """Free text under a name that may itself announce a secret (a label, an option)."""
        if value and _Scrubber.shared().is_telling(name):
            return self._mark(value)
        return self.text(value)

    def argv(self, arguments: Sequence[str]) -> list[str]:
        """A command line: also `--password VALUE`, `-u USER:PASSWORD`, `-pPASSWORD` and
        `Bearer TOKEN`."""
        kept: list[str] = []
        before = ""
        for argument in arguments[:MAX_ARGUMENTS]:
            name, separator, value = argument.partition("=")
            if self._announces(before, argument):
                kept.append(self._mark(argument))
            elif separator and value and _is_name(name):
                kept.append(self.text(name) + "=" + self.named(name, value))
            elif argument[:2] == "-p" and argument[2:] and not argument[2:].isdigit():
                kept.append("-p" + self._mark(argument[2:]))
            else:
                kept.append(self.text(argument))
            before = argument
        if len(arguments) > MAX_ARGUMENTS:
            kept.append("... %d more" % (len(arguments) - MAX_ARGUMENTS))
        return kept

    def _announces(self, option: str, value: str) -> bool:
        """Whether the argument before says that this one is a secret."""
        if not value or (value[0] == "-" and _is_name(value)):
            return False
        scheme = option.lower().replace(":", " ").split(" ")[-1]
        if scheme == "bearer" or (scheme == "basic" and len(value) >= 6):
            return True
        if option[:1] != "-":  # a header in arguments of its own
            if option[-1:] != ":" or value.lower() in ("bearer", "basic"):
                return False
            return _Scrubber.shared().is_telling(option[:-1])
        user, separator, secret = value.partition(":")
        if separator and secret and option.endswith(("u", "U", "-user")):
            return not (user.isdigit() and secret.isdigit())  # a user and group
        if len(option) > 2:
            return "=" not in option and _Scrubber.shared().is_telling(option)
        # mysql, sshpass, docker login, sqlcmd, redis-cli, ldapsearch; not ports and paths
        plain = value[0] in "/.$-" or value.replace(":", "").isdigit()
        return option in _SECRET_OPTIONS and not plain

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
        self._telling = compile_(r"(?i)%s(?![a-z])" % _TELLING)
        self._telling_camel = compile_(
            r"(?:Password|Secret|Token|ApiKey|AccessKey|Credential)s?(?![a-z])"
        )
        # What a rule finds is hidden: its group `secret`, or all of it.
        self._rules: tuple[re.Pattern[str], ...] = (
            compile_(
                r"-----BEGIN [A-Z0-9 ]*(?:PRIVATE KEY|CERTIFICATE)[\s\S]*?"
                r"(?:-----END [A-Z0-9 ]*-----|$)"
            ),
            # User information in a URL: up to the last @ before a slash, since a password may
            # itself hold an @; with a colon that begins no port number, also over slashes.
            compile_(r"(?<=://)[^\s/?#]{1,512}(?=@)"),
            compile_(r"(?<=://)[^\s/?#:@]{0,128}:(?!\d{1,5}(?:[/?#]|$))[^\s\"]{1,512}(?=@)"),
            # USER:PASSWORD@tcp(HOST), as Go's drivers write it, and USER/PASSWORD@HOST
            compile_(r"(?<![\w/])\w{1,64}:(?P<secret>[^\s/]{1,256})(?=@(?:tcp|unix)\()"),
            compile_(r"(?<=:thin:)[^\s/]{1,64}/(?P<secret>\S{1,256})(?=@)"),
            compile_(r"(?i)(?<=\bbearer )\S+|(?<=\bbasic )[\w+/=-]{6,}|(?<=\btoken )\S{8,}"),
            # name = value, "name": "value", name: str = "value"; list.sort's key is none
            compile_(
                r"(?i)%s(?<!\bsort\(key)(?<!authorization)(?:%s|[\"']?%s)%s"
                % (_TELLING, _TYPE, _IS, _VALUE)
            ),
            # a header's scheme is no secret, what follows is
            compile_(
                r"(?i)authorization[\"']?%s(?:[\"']?(?:bearer|basic|digest|token)\s{1,4})?"
                r"(?!(?:bearer|basic|digest|token)[\"']?$)%s" % (_IS, _VALUE)
            ),
            # a subscript that is assigned to, or `get("name") ==`; "name": "NAME", "value": "VALUE"
            compile_(
                r"(?i)%s(?:[\"']\s{0,4}(?:\]{1,2}%s|\)\s{0,4}[!=]={1,2}\s{0,4})|"
                r"[\"']?[\s,;]{1,8}[\"']?value[\"']?%s)%s" % (_TELLING_MORE, _IS, _IS, _VALUE)
            ),
            # arguments of a setter: the name, then the value; "--name", "value" in a list
            compile_(
                r"(?i)(?:(?:\w\([^()]{0,128}?|\(\s{0,4})[bru]?[\"'][\w.:/-]{0,64}?|"
                r"[\"']--?[\w.-]{0,64}?)%s[\"']\s{0,4},\s{0,4}[bruf]{0,2}(?![\"']-)(?P<secret>%s)"
                % (_TELLING_MORE, _QUOTED)
            ),
            # <name>value</name>, <key>name</key><string>value</string>
            compile_(
                r"(?i)<(?:key>)?[\w:.-]{0,64}?%s(?:(?:\s[^<>]{0,128})?>|</\w{1,16}>\s{0,8}<\w{1,16}>)"
                r"(?:\s{0,8}<!\[CDATA\[)?(?P<secret>[^<]{1,4096})" % _TELLING_MORE
            ),
            # a header holds several cookies
            compile_(
                r"(?i)cookie:\s{0,4}(?P<secret>[^\s;\"']{1,4096}"
                r"(?:;\s{0,4}[^\s;=\"']{1,256}(?:=[^\s;\"']{0,4096})?(?![^\s;\"'])){1,64})"
            ),
            # --name value, setenv NAME value; login NAME password VALUE
            compile_(
                r"(?i)(?:(?<![\w-])--?|\b(?:setenv|(?-i:ENV))\s{1,4})[\w.-]{0,64}?%s\s{1,4}(?!-)%s"
                % (_TELLING, _VALUE)
            ),
            compile_(r"(?i)\b(?:login|user|username)\s+\S{1,128}\s+passw(?:or)?d\s+%s" % _VALUE),
            # -u USER:PASSWORD (not user and group); -p VALUE, -pVALUE (not ports and paths)
            compile_(
                r"(?<!\S)(?:-[A-Za-z]{0,8}[uU]|--user|--proxy-user)[\s=]{0,4}(?!\d+:\d+(?:\s|$))"
                r"[^\s:]{1,128}:(?P<secret>\S+)"
            ),
            compile_(r"(?<!\S)-[pPaw]\s{1,4}(?![\d:]+(?:\s|$)|[/.$-])%s" % _VALUE),
            compile_(r"(?<!\S)-p(?![\d:]+(?:\s|$)|[/.$=])%s" % _VALUE),
            compile_(r"(?<![A-Za-z0-9])(?:%s)" % _TOKENS),
            compile_(r"(?i)\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b"),
            # a licence's groups of letters and digits; a password's hash of crypt(5)
            compile_(
                r"\b(?=[A-Z-]{0,99}\d)(?=[\d-]{0,99}[A-Z])(?:[A-Z0-9]{4,8}-){3,12}[A-Z0-9]{4,8}\b"
            ),
            compile_(r"\$(?:[1-9]\w?|y|apr1|argon2\w{1,2}|scrypt|pbkdf2[\w-]*)\$\S{8,}"),
        )
        self._word = compile_(r"[A-Za-z0-9+/%~!$*^_-]{8,}={0,2}")
        self._segment = compile_(r"[^/]+")
        self._piece = compile_(r"[^/_-]+")
        self._natural = compile_(r"[a-z]+\d{0,2}|[A-Z]?[a-z]+|[A-Z]+|\d{1,4}")

    def is_telling(self, name: str) -> bool:
        if name.lower().endswith(("file", "path", "dir")):
            return False  # of where a secret lies
        return bool(self._telling.search(name) or self._telling_camel.search(name))

    def scrub(self, text: str, mark: Callable[[str], str]) -> str:
        """All rules look at the text as it came, so that one's mark does not mislead another."""
        spans = []
        for rule in self._rules:
            group = "secret" if "secret" in rule.groupindex else 0
            spans += [match.span(group) for match in rule.finditer(text)]
        for word in self._word.finditer(text):
            spans += self._random_spans(word.group(), word.start())
        scrubbed = []
        end = 0
        for first, last in _merged(spans):
            secret = text[first:last]
            if secret[0] not in "'\"" or len(secret) == 1:
                scrubbed += [text[end:first], secret if _is_mark(secret) else mark(secret)]
            else:  # the quotes are no secret
                closed = secret[-1] == secret[0]
                inner = secret[1:-1] if closed else secret[1:]
                scrubbed += [text[end : first + 1], inner if _is_mark(inner) else mark(inner)]
                scrubbed.append(secret[0] if closed else "")
            end = last
        return "".join(scrubbed) + text[end:]

    def _random_spans(self, word: str, offset: int) -> list[tuple[int, int]]:
        """Words that no person and no file name would spell: what is left of unknown tokens.

        A random piece takes its neighbours with it where they are no words, since base64 holds
        slashes, and its form for URLs hyphens and underscores.
        """
        pieces = [match.span() for match in self._piece.finditer(word)]
        texts = [word[first:last] for first, last in pieces]
        spans = [
            (offset + match.start(), offset + match.end())
            for match in self._segment.finditer(word)
            if mixes_cases(match.group())
        ]
        high = -1
        for number, text in enumerate(texts):
            if number <= high or not looks_random(text):
                continue
            low = high = number
            while low > 0 and self._belongs(word, texts[low - 1], pieces[low][0] - 1):
                low -= 1
            while high + 1 < len(texts) and self._belongs(
                word, texts[high + 1], pieces[high + 1][0] - 1
            ):
                high += 1
            spans.append((offset + pieces[low][0], offset + pieces[high][1]))
        return spans

    def _belongs(self, word: str, piece: str, separator: int) -> bool:
        if len(piece) < 4 and word[separator] != "/":
            return True
        return not self._natural.fullmatch(piece)


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """In order, without overlaps."""
    merged: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if first == last:
            continue
        if merged and first < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged


def _is_mark(text: str) -> bool:
    """What an earlier scrubbing left."""
    return text == REDACTED or (text.startswith("<hmac-sha256:") and text.endswith(">"))


def _is_name(text: str) -> bool:
    """Whether this can be the name of an option or variable."""
    return bool(text) and all(letter.isalnum() or letter in "-_." for letter in text)


def looks_random(word: str) -> bool:
    """Whether a word is likely a generated secret: letters and digits closely mixed, or long
    with both, or a long hexadecimal number."""
    letters = sum(character.isalpha() for character in word)
    digits = sum(character.isdigit() for character in word)
    if len(word) < 8 or not letters or not digits:
        return len(word) >= 24 and letters == len(word) and _case_changes(word) >= 8
    changes = sum(first.isdigit() != second.isdigit() for first, second in zip(word, word[1:]))
    return changes >= 4 or (len(word) >= 16 and (digits >= 3 or _case_changes(word) >= 4))


def mixes_cases(word: str) -> bool:
    """Whether small letters, capitals and digits change so often as in no name: base64 in its
    form for URLs, whose hyphens and underscores leave pieces too short to be told by themselves.
    Names change at their separators, and begin their words with capitals."""
    if len(word) < 16 or word.islower() or word.isupper():
        return False
    changes = sum(
        first.isalnum()
        and second.isalnum()
        and (first.isdigit() != second.isdigit() or (first.islower() and second.isupper()))
        for first, second in zip(word, word[1:])
    )
    return changes >= max(4, len(word) / 5) and any(letter.isdigit() for letter in word)


def _case_changes(word: str) -> int:
    return sum(first.isupper() != second.isupper() for first, second in zip(word, word[1:]))


_KNOWN = frozenset(
    (
        "utf-8:strict",
        "utf-8:surrogateescape",
        "utf-8:backslashreplace",
        # distutils-precedence.pth of setuptools
        (
            "import os; var = 'SETUPTOOLS_USE_DISTUTILS'; enabled = os.environ.get(var, 'local') "
            "== 'local'; enabled and __import__('_distutils_hack').add_shim();"
        ),
    )
)
_KNOWN_NAMES = frozenset(("ca-certificates.crt", "sitecustomize.py", "usercustomize.py"))
# With what a token may begin whose letters go on over hyphens, underscores and dots, so that no
# piece of it is long: a word, and the beginning of one.
_TOKEN_WORDS = frozenset(
    """gho ghp ghr ghs ghu pat xapp sk pk rk npm pypi v1 hf org hvb hvr hvs s oat secret ntn sbp
    fio live tfp atlasv1 gsk r8 rpa xai pplx nvapi tgp gocspx ya29 sg age nrak nraa nrjs xkeysib
    pmak sntrys rubygems clojars dp pul lin figd""".split()
)
_TOKEN_BEGINNINGS = tuple(
    "gl gr1348941 xox sq0 shp eyj aiza atatt3 atctt3 oy2 prvt ezak eztk".split()
)
_PLAIN = frozenset("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_.,-/+ ")


def _harmless(text: str) -> bool:
    """Cheap and certain: what every system has, or too short and too plain to hold a credential
    that the rules know.

    Spares the import of `re`, and compiling the rules, wherever nothing else is found: in most
    containers. What is harmless here the rules leave as it is, too.
    """
    if text in _KNOWN or _is_plain(text):
        return True
    if text.startswith("file:///"):
        text = text[len("file://") :]
    if text.startswith("/"):
        paths = text.split(":")
        # PATH: a name that ends so announces no secret after its colon.
        if len(paths) > 1 and not all(path.endswith("bin") for path in paths):
            return False
        return all(path.startswith("/") and _is_plain(_directory(path)) for path in paths)
    numbers = text.split(".")
    return len(numbers) == 4 and all(number.isdigit() and len(number) <= 3 for number in numbers)


def _directory(path: str) -> str:
    """The path without a name that every system has."""
    directory, _, name = path.rpartition("/")
    is_library = name[:6] == "python" and name[-4:] == ".zip" and name[6:-4].isdigit()
    return directory or "/" if name in _KNOWN_NAMES or is_library else path


def _is_plain(text: str) -> bool:
    for character in text:
        if character not in _PLAIN:
            return False
    if " -" in text or (text[:1] == "-" and not text[1:].isdigit()):
        return False
    if " " in text and any(sign + "-" in text for sign in "/,.+"):
        return False  # an option may begin there, and have a value
    lower = text.lower()
    if any(word in lower for word in ("bearer", "basic", "begin", "token ", "passw", "env ")):
        return False
    if len(text) >= 13 and any(
        word in _TOKEN_WORDS or word.startswith(_TOKEN_BEGINNINGS)
        for word in "".join(sign if sign.isalnum() else " " for sign in lower).split()
    ):
        return False
    # As the rules part words: at whatever they do not count among the letters of one.
    words = text.replace(".", "/").replace(",", "/").replace(" ", "/").split("/")
    if any(map(mixes_cases, words)):
        return False
    capitals = 0
    for piece in text.replace("/", " ").replace("-", " ").replace("_", " ").split():
        capitals += len(piece) >= 4 and not piece.islower()
        # Dots part words and numbers, and also what some tokens consist of, never in small letters.
        for part in piece.split(".") if piece.islower() else [piece]:
            mixed = len(part) >= 8 and not part.isalpha()
            if len(part) >= (12 if mixed else 16) or (mixed and part.isupper()):
                return False
            if mixed and looks_random(part):
                return False
    return capitals < 4


def glob_matches(name: str, pattern: str) -> bool:
    """`*` and `?` as in a shell, on the whole name; `fnmatch` would import `re`."""
    position = mark = 0
    star = -1
    place = 0
    while position < len(name):
        if (
            place < len(pattern)
            and pattern[place] in ("?", name[position])
            and pattern[place] != "*"
        ):
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
