"""What may leave the environment: by list, through a scrubber, or as a keyed digest.

Whole captures with planted credentials are tested in tests/cli/test_secrets.py; here, the pieces.
"""

from __future__ import annotations

import hashlib
import hmac
import random
import string
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from auditor.agent import redact
from auditor.agent.collectors import env as collector
from auditor.agent.environment_names import KEPT
from auditor.agent.redact import MAX_ARGUMENTS, MAX_TEXT, Redactor, glob_matches
from auditor.agent.run import run_one
from auditor.agent.section import Unreadable
from tests.cli.credentials import Credential, credentials

from .conftest import TARGETS
from .given import subject_in, subject_with
from .trees import process

KEY = b"0123456789abcdef"
OTHER_KEY = b"0123456789abcdeg"

# -- by list


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OMP_NUM_THREADS", "4"),
        ("LD_PRELOAD", "/usr/lib/x86_64-linux-gnu/libjemalloc.so.2"),
        ("PYTHONHASHSEED", "0"),
        ("LANG", "de_DE.UTF-8"),
        ("http_proxy", "http://proxy.internal:3128"),
        ("CI", "true"),
        ("DEBUG", "1"),
        ("DEBUG", ""),
    ],
)
def test_values_on_the_list_are_kept(name: str, value: str) -> None:
    assert Redactor().variable(name, value) == value
    assert Redactor(KEY).variable(name, value) == value


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OMP_PASSWORD", "4"),
        ("OMP_NUM_THREADS_", "4"),
        ("omp_num_threads", "4"),
        ("XOMP_NUM_THREADS", "4"),
        ("PYTHON_TOKEN", "1"),
        ("LANGX", "C"),
        ("Path", "/bin"),
        ("DATABASE_URL", "sqlite://"),
        ("DEBUG", "shop:*"),  # a switch is kept as a switch only
        ("CI", "1234567"),
        ("PROFILE", "production-eu"),
        ("APP_MODE", ""),
    ],
)
def test_all_others_are_withheld(name: str, value: str) -> None:
    assert Redactor().variable(name, value) == {"set": True}


def test_the_list_holds_names_only() -> None:
    """No pattern, nothing of this tool, and nothing that announces a secret."""
    for name in KEPT:
        assert name.replace("_", "").isalnum(), name
        assert not name.startswith("ENVAUDIT"), name
        assert not set(name.upper().split("_")) & {"PASSWORD", "PASS", "SECRET", "TOKEN", "KEY",
                                                   "CREDENTIALS", "AUTH"}, name  # fmt: skip


def test_what_the_user_shows() -> None:
    redactor = Redactor(show=["APP_*", "MODE?", "EXACT"])
    assert redactor.variable("APP_MODE", "blue") == "blue"
    assert redactor.variable("APP_", "blue") == "blue"
    assert redactor.variable("MODE1", "blue") == "blue"
    assert redactor.variable("EXACT", "blue") == "blue"
    for name in ("MODE", "MODE12", "EXACTLY", "MY_APP_MODE", "app_mode"):
        assert redactor.variable(name, "blue") == {"set": True}
    secret = "hunter2"
    shown = redactor.variable("APP_URL", f"postgres://shop:{secret}@db/shop")
    assert shown == "postgres://<redacted>@db/shop"


def test_the_tools_own_variables_are_not_facts() -> None:
    for redactor in (Redactor(), Redactor(KEY), Redactor(show=["*"])):
        assert redactor.variable("ENVAUDIT_KEY", "0123456789abcdef") is None
        assert redactor.variable("ENVAUDIT_KEY_FILE", "/run/secrets/key") is None


# -- with a key


@pytest.mark.parametrize("key", [b"", b"x", b"123456789012345"])
def test_a_short_key_is_refused(key: bytes) -> None:
    with pytest.raises(Unreadable, match=r"^the key is shorter than 16 bytes$"):
        Redactor(key)


def test_the_digest_of_a_variable() -> None:
    """HMAC-SHA-256 of the name, a NUL and the value; the key is named by eight digits."""
    key_id = hmac.new(KEY, b"envaudit key id", "sha256").hexdigest()[:8]
    expected = hmac.new(KEY, b"DB_PASSWORD\0hunter2", "sha256").hexdigest()
    found = Redactor(KEY).variable("DB_PASSWORD", "hunter2")
    assert found == f"hmac-sha256:{key_id}:{expected}"
    assert Redactor(KEY).key_id == key_id


def test_no_digest_without_its_key() -> None:
    """A low-entropy value would be given away by any digest that everyone can compute."""
    value = "1234"
    text = repr(Redactor(KEY).variable("CARD_PIN", value))
    for algorithm in ("md5", "sha1", "sha256", "sha512"):
        for content in (value, "CARD_PIN\0" + value, "CARD_PIN=" + value):
            assert hashlib.new(algorithm, content.encode()).hexdigest() not in text
    assert KEY.decode() not in text
    assert KEY.hex() not in text


@given(st.text(), st.text())
def test_digests_tell_equal_from_different(name: str, value: str) -> None:
    name = "X" + name
    first = Redactor(KEY).withheld(name, value)
    assert Redactor(KEY).withheld(name, value) == first
    assert Redactor(KEY).withheld(name, value + "x") != first
    assert Redactor(KEY).withheld(name + "x", value) != first
    other = Redactor(OTHER_KEY).withheld(name, value)
    assert other.split(":")[1] != first.split(":")[1]
    assert other.split(":")[2] != first.split(":")[2]


def test_names_and_values_do_not_run_into_each_other() -> None:
    redactor = Redactor(KEY)
    assert redactor.withheld("A", "BC") != redactor.withheld("AB", "C")


def test_what_is_scrubbed_from_text_has_a_digest_too() -> None:
    one = Redactor(KEY).text("postgres://shop:hunter2@db/shop")
    same = Redactor(KEY).text("postgres://shop:hunter2@db/shop")
    other = Redactor(KEY).text("postgres://shop:hunter3@db/shop")
    assert one == same != other
    assert one.startswith("postgres://<hmac-sha256:")
    assert one.endswith(">@db/shop")
    assert len({len(one), len(other)}) == 1


# -- free text

CREDENTIALS = credentials(seed=7)


def identify(credential: Credential) -> str:
    return f"{credential.kind}-{credential.name}"


def leaks(text: str, credential: Credential) -> list[str]:
    return [secret for secret in credential.secrets if secret in text]


@pytest.mark.parametrize("credential", CREDENTIALS, ids=identify)
def test_no_credential_stays_in_text(credential: Credential) -> None:
    """Alone where it gives itself away, and in every case behind a name that tells."""
    redactor = Redactor()
    if credential.evident:
        assert not leaks(redactor.text(credential.text), credential)
        assert not leaks(redactor.text(f"/srv/x {credential.text} --threads 4"), credential)
    if "\n" not in credential.text and " " not in credential.text:
        assert not leaks(redactor.argv(["app", "--password", credential.text])[2], credential)
    assert not leaks(redactor.argv(["app", "--password=" + credential.text])[1], credential)
    assert not leaks(redactor.named("db.password", credential.text), credential)


HARMLESS = [
    # paths and lists of paths
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "/opt/venv/lib/python3.11/site-packages",
    "/usr/lib/x86_64-linux-gnu/libjemalloc.so.2",
    "/usr/lib/x86_64-linux-gnu/openblas-pthread/libopenblasp-r0.3.21.so",
    "/opt/conda/envs/app/bin:/opt/conda/condabin",
    "/root/.local/share/pypoetry/venv",
    "/srv/app/src:/srv/app/lib",
    "/etc/ssl/certs/ca-certificates.crt",
    "/run/secrets/db_password",
    "/home/jovyan/work",
    "/tmp/prometheus_multiproc_dir",
    "./relative/../path with spaces/file.txt",
    "C:\\Program Files\\Python311",
    # versions and builds
    "3.11.2",
    "2.1.post1",
    "1.26.4+cu121",
    "Python 3.11.2 (main, Nov 30 2024, 21:22:50) [GCC 12.2.0]",
    "6.1.0-28-amd64",
    "OpenSSL 3.0.15 3 Sep 2024",
    "cuda>=12.1 brand=tesla,driver>=470,driver<471",
    "2024-02-29T12:00:00+01:00",
    # wheel tags and soname conventions
    "cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64",
    "py2.py3-none-any",
    "cp39-abi3-musllinux_1_1_aarch64",
    "libstdc++.so.6.0.30",
    "_bz2.cpython-311-x86_64-linux-gnu.so",
    "numpy-1.26.4-cp312-cp312-manylinux_2_17_x86_64.whl",
    # tunables
    "4",
    "0,1,2,3",
    "0-3,8-11",
    "granularity=fine,compact,1,0",
    "{0:4},{4:4}",
    "close",
    "guided,4",
    "glibc.malloc.arena_max=2:glibc.malloc.trim_threshold=131072",
    "glibc.cpu.hwcaps=-AVX512F,-AVX2_Usable:glibc.pthread.rseq=0",
    "background_thread:true,dirty_decay_ms:10000,narenas:4",
    "--xla_gpu_deterministic_ops=true --xla_cpu_multi_thread_eigen=false",
    "--xla_force_host_platform_device_count=8 --xla_dump_to=/tmp/xla",
    "backend:native,max_split_size_mb:128,garbage_collection_threshold:0.8",
    ":4096:8",
    "COMPATIBLE,STRICT",
    "AVX512F,AVX512CD,AVX512_SKX",
    "SKYLAKEX",
    "HASWELL",
    "^docker0,lo",
    "NVL",
    "Ring,Tree",
    "default,all,-W error",
    "error::DeprecationWarning:app.*:12",
    "utf-8:surrogateescape",
    "ignore",
    "expandable_segments:True",
    "all",
    "compute,utility",
    "max",
    # places and times
    "de_DE.UTF-8",
    "C.UTF-8",
    "zh_CN.GB18030@stroke",
    "Europe/Berlin",
    "CET-1CEST,M3.5.0,M10.5.0/3",
    ":/etc/localtime",
    "xterm-256color",
    "en_US:en",
    # the network
    "http://proxy.internal:3128",
    "socks5h://127.0.0.1:1080/",
    "localhost,127.0.0.1,.internal,10.0.0.0/8,::1",
    "https://download.pytorch.org/whl/cu121",
    "tcp://10.0.0.5:2375",
    "https://example.org/search?q=threads&page=2#top",
    "options ndots:5 timeout:2 attempts:3",
    "unix:///var/run/docker.sock",
    # programs
    "config.settings.production",
    "app.main:create_app()",
    "gunicorn: master [app]",
    "gthread",
    "BAAI/bge-small-en-v1.5",
    "sentence-transformers/all-MiniLM-L6-v2",
    "Qwen2.5-0.5B-Instruct",
    "mistralai/Mixtral-8x7B-Instruct-v0.1",
    "DeepSeek-R1-Distill-Qwen-32B",
    "sklearn.ensemble.RandomForestClassifier",
    "torch.nn.modules.conv.Conv2d",
    "import os; var = 'SETUPTOOLS_USE_DISTUTILS'; on = os.environ.get(var, 'local') == 'local'",
    "import __editable___zeta_6_finder; __editable___zeta_6_finder.install()",
    "vendor=Intel model=85 stepping=7",
    "Intel(R) Xeon(R) Platinum 8375C CPU @ 2.90GHz",
    "NVIDIA A100-SXM4-80GB",
    "fpu vme de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush mmx",
    "a sentence of plain words, with commas; and semicolons: nothing else.",
    "",
    " ",
    "-",
    "monkey=banana compass=north keyboard=de",
    "author: Jane Doe",
]


def test_there_are_enough_harmless_texts() -> None:
    assert len(set(HARMLESS)) == len(HARMLESS) >= 60


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_text_stays_as_it_is(text: str) -> None:
    assert Redactor().text(text) == text
    assert Redactor(KEY).text(text) == text


PIECES = st.sampled_from(
    """usr bin sbin local lib opt venv token key password secret auth pwd api-key run secrets tls
    python311.zip ca-certificates.crt sitecustomize.py usercustomize.py cabin robin utf-8 a:b user
    10 255.0 127.0.0.1 hunter2 AKIAIOSFODNN7EXAMPLE c3VwZXJzZWNyZXQ= Xk29dLqP0 ghp_x x@y
    pw --pw --secret -phunter2 -p d["password"] d['key'] setenv ENV set("token" <pin> value
    "value" 'hunter2' "hunter2" hunter2) name="api-key" cookie: Bearer = != , ( ; <""".split()
)
# With each of these alone a text is passed or not; the rest of the pieces stands around it.
ANNOUNCED = st.sampled_from(
    [
        "d['password']=x", "d['password'] = 'x'", 'set("token","x")', "set('token', 'x')",
        "<pin>x</pin>", "<key>pin</key><string>x</string>", "pw=x", "--pw x", "--secret x", "-px",
        "/--pw x", "setenv pw x", "setenv a.secret x", "ENV pw x", "cookie: a=x; b=y",
        '"name": "pin", "value": "x"', "secret: str = 'x'", "get('secret') == 'x'", "Bearer x",
        '"--secret", "x"', "name=secret value=x",
    ]
)  # fmt: skip


@settings(max_examples=2000, deadline=None)
@example(beginning="10.0.0.", pieces=[("usr", "."), ("usr", "-"), ("usr", "-"), ("Xk29dLqP0", "/")])
@given(
    st.sampled_from(["", "/", "file:///", "file://", "https://", "utf-8:", "10.0.0."]),
    st.lists(
        st.tuples(
            PIECES | ANNOUNCED, st.sampled_from(["/", ":/", ":", ".", "-", "=", " ", ", ", "", ">"])
        ),
        max_size=5,
    ),
)
def test_what_is_passed_unseen_the_rules_would_leave(
    beginning: str, pieces: list[tuple[str, str]]
) -> None:
    """The short way, which spares the rules, never lets through what they would hide."""
    text = beginning + "".join(piece + separator for piece, separator in pieces)
    for part in (text, text[:-1]):
        if redact._harmless(part):
            assert redact._Scrubber.shared().scrub(part, lambda _: "<hidden>") == part


@settings(max_examples=3000, deadline=None)
@example(head="ghp_", pieces=["x", "localghp"], separators=["_", "_"])
@given(
    st.sampled_from(
        """ghp_ gho_ ghu_ ghs_ ghr_ github_pat_ glpat- gldt- GR1348941 xoxb- xoxp. xapp- sk_live_
        pk-test- rk_prod- sk-ant- sk- AIza ya29. GOCSPX- eyJ npm_ pypi- dop_v1_ doo_v1_ hf_
        api_org_ SG. shpat_ shpss_ sq0atp- EAA AGE-SECRET-KEY-1 hvs. hvb. s. dckr_pat_ dckr_oat_
        lin_api_ figd_ NRAK- NRJS- xkeysib- PMAK- ATATT3 ATCTT3 glsa_ glc_ sntrys_ rubygems_
        CLOJARS_ dp.pt. dapi pul- tfp_ abcdefghijklmn.atlasv1. oy2 secret_ ntn_ PRVT sbp_ fio-u-
        EZAK EZTK live_ test_ r8_ rpa- gsk_ xai- pplx- nvapi- tgp_""".split()
    ),
    st.lists(st.sampled_from("x ab local ghp path U 1 25 Qt eyJ library".split()), max_size=12),
    st.lists(st.sampled_from(["_", "-", "."]), min_size=1, max_size=4),
)
def test_no_token_in_short_pieces_is_passed_unseen(
    head: str, pieces: list[str], separators: list[str]
) -> None:
    """Underscores and hyphens are letters to the rules, so that no piece need be long."""
    text = "/srv/" + head
    for number, piece in enumerate(pieces):
        text += piece + separators[number % len(separators)]
    if redact._harmless(text):
        assert redact._Scrubber.shared().scrub(text, lambda _: "<hidden>") == text


@pytest.mark.parametrize("text", sorted(redact._KNOWN))
def test_what_is_known_the_rules_would_leave(text: str) -> None:
    assert redact._Scrubber.shared().scrub(text, lambda _: "<hidden>") == text


def test_the_usual_container_needs_no_rule() -> None:
    """`re` and the rules take longer than most collectors do."""
    for text in [
        "/etc/ssl/certs/ca-certificates.crt",
        "/usr/lib/python3.11/sitecustomize.py",
        "/usr/lib/python311.zip",
        "/venv/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "10.255.255.53",
        "file:///app/featurelib",
        "/venv/lib/python3.11/site-packages/opencv_python_headless.libs",
        "utf-8:surrogateescape",
    ]:
        assert redact._harmless(text), text
    for text in [
        "/run/token:/hunter2",
        "/venv/bin:hunter2",
        "file://user:x@host/",
        "10.0.0.usr.usr-usr-Xk29dLqP0",
        "eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dX",
        "--secret hunter",
        "/--secret hunter",
        "-phunter",
        "setenv DB_PW hunter",
        "ENV DB_PW hunter",
    ]:
        assert not redact._harmless(text), text


# What `{}` stands for is hidden, and nothing else.
ASSIGNED = [
    # by programs: in `-c`, in a line of a `.pth` file
    "import os; os.environ['DB_PASSWORD']='{}'",
    'import os; os.environ["API_TOKEN"] = "{}"; run()',
    "config['password'] = '{}'",
    "config['db']['password'] = '{}'",
    "config[ 'api_key' ] = \"{}\"",
    "environ['A_TOKEN'] += '{}'",
    "$config['password'] = '{}';",
    "settings['secret'] : '{}'",
    'os.environ.setdefault("SECRET_KEY", "{}")',
    'setenv("DB_PASSWORD","{}")',
    "os.putenv( 'DB_PASSWORD' , '{}' ); run()",
    'config.set("db", "password", "{}")',
    "setattr(settings, 'SECRET_KEY', '{}')",
    "dict([('password', '{}')])",
    "os.environ.get('DB_PASSWORD') == '{}'",
    "password == '{}'",
    "password != '{}'",
    'token := "{}"',
    'password: str = "{}"',
    'password: Optional[str] = "{}"',
    'run(["app", "--password", "{}"])',
    # by shells and in files
    "setenv DB_PASSWORD {}",
    "ENV DB_PASSWORD {}",
    "app --pw={} serve",
    "app --pw {} serve",
    "<password>{}</password>",
    '<db:password type="plain">{}</db:password>',
    "<password><![CDATA[{}]]>",
    "<key>password</key><string>{}</string>",
    '[{{"name": "DB_PASSWORD", "value": "{}"}}]',
    "name: DB_PASSWORD value: {}",
]
ORDINARY = ("hunter", "correct horse")  # nothing but the name gives them away


@pytest.mark.parametrize("text", ASSIGNED)
def test_what_is_assigned_to_a_name_that_tells(text: str) -> None:
    for secret in ORDINARY:
        if " " in secret and "'{}'" not in text and '"{}"' not in text:
            continue
        found = Redactor().text(text.format(secret))
        assert found.removesuffix("]]>") in (
            text.format("<redacted>"), text.format("<redacted>").removesuffix("]]>")
        )  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "os.environ['OMP_NUM_THREADS'] = '4'",
        'os.environ.setdefault("OMP_NUM_THREADS", "4")',
        'd["key"] = value',
        "d['keys'] = 'value'",
        'names.sort(key="name")',
        "for key, value in items: print(key, value)",
        '["user", "password", "email"]',
        'os.environ.get("API_KEY", "")',
        'print("wrong password", "try again")',
        "<key>CFBundleName</key><string>app</string>",
        "<keybinding>left</keybinding>",
        "env PGUSER psql",
        "setenv TERM xterm",
    ],
)
def test_names_that_tell_nothing(text: str) -> None:
    assert Redactor().text(text) == text
    assert redact._Scrubber.shared().scrub(text, lambda _: "<hidden>") == text


def test_all_cookies_of_a_header() -> None:
    text = "curl -H 'Cookie: session=hunter; b=rabbit;c=hare' http://host/"
    assert Redactor().text(text) == "curl -H 'Cookie: <redacted>' http://host/"
    text = "Set-Cookie: a=hunter; Path=/; HttpOnly"
    assert Redactor().text(text) == "Set-Cookie: <redacted>"


HARMLESS_ARGUMENTS = [
    ["gunicorn", "-w", "4", "-b", "0.0.0.0:8000", "-k", "uvicorn.workers.UvicornWorker", "app:app"],
    ["uvicorn", "app.main:app", "--host", "0.0.0.0", "--port", "8080", "--workers=4"],
    ["python3", "-u", "-X", "dev", "-W", "error", "-m", "http.server", "8000"],
    ["python3", "-c", "import app; app.run(threads=4)"],
    ["celery", "-A", "shop.tasks", "worker", "-c", "4", "--loglevel=INFO"],
    ["torchrun", "--nproc_per_node=8", "--nnodes=2", "--rdzv_backend=c10d", "train.py"],
    ["tini", "-g", "--", "/entrypoint.sh", "serve"],
    ["java", "-Xmx4g", "-XX:+UseG1GC", "-Dfile.encoding=UTF-8", "-jar", "/app/app.jar"],
    ["nginx", "-g", "daemon off;", "-p", "/etc/nginx", "-c", "nginx.conf"],
    ["docker", "run", "-p", "8080:80", "-u", "1000:1000", "-v", "/data:/data"],
    ["sshd", "-D", "-p", "2222", "-p2222"],
    ["app", "--key-file", "/etc/tls/server.pem", "--verbose"],
    ["app", "--empty=", "--", "-x"],
    [],
]


@pytest.mark.parametrize("arguments", HARMLESS_ARGUMENTS, ids=lambda words: " ".join(words[:2]))
def test_harmless_command_lines_stay_as_they_are(arguments: list[str]) -> None:
    assert Redactor().argv(arguments) == arguments


SECRET = "Tr0ub4dor" + "-Thistle"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (["app", "--password", "{}"], ["app", "--password", "<redacted>"]),
        (["app", "--db-password={}"], ["app", "--db-password=<redacted>"]),
        (["app", "--dbpassword", "{}"], ["app", "--dbpassword", "<redacted>"]),
        (["app", "--token", "{}", "serve"], ["app", "--token", "<redacted>", "serve"]),
        (["app", "--api-key={}"], ["app", "--api-key=<redacted>"]),
        (["java", "-Ddb.password={}"], ["java", "-Ddb.password=<redacted>"]),
        (["env", "PGPASSWORD={}", "psql"], ["env", "PGPASSWORD=<redacted>", "psql"]),
        (["curl", "-u", "shop:{}"], ["curl", "-u", "<redacted>"]),
        (["curl", "--user", "shop:{}"], ["curl", "--user", "<redacted>"]),
        (["mysql", "-p{}"], ["mysql", "-p<redacted>"]),
        (["redis-cli", "-a", "{}"], ["redis-cli", "-a", "<redacted>"]),
        (["psql", "postgres://shop:{}@db/x"], ["psql", "postgres://<redacted>@db/x"]),
        (
            ["psql", "postgres://shop:{}@db/x?sslmode=require"],
            ["psql", "postgres://<redacted>@db/x?sslmode=require"],
        ),
        (["app", "--dsn=postgres://shop:{}@db/x"], ["app", "--dsn=<redacted>"]),
        (["curl", "-H", "X-Api-Key: {}"], ["curl", "-H", "X-Api-Key: <redacted>"]),
        (["app", "-c", '{{"password": "{}"}}'], ["app", "-c", '{{"password": "<redacted>"}}']),
        (["sh", "-c", "PGPASSWORD={} psql"], ["sh", "-c", "PGPASSWORD=<redacted>"]),
    ],
)  # fmt: skip
def test_secrets_in_command_lines(before: list[str], after: list[str]) -> None:
    arguments = [word.format(SECRET) for word in before]
    assert Redactor().argv(arguments) == [word.format() for word in after]


def test_a_secret_after_every_kind_of_option() -> None:
    """With a dash, as Go and Java programs spell theirs, too."""
    for option in ("--secret", "--db.password", "--sas-token", "-password", "-token"):
        arguments = Redactor().argv(["app", option, SECRET, "next"])
        assert SECRET not in " ".join(arguments), option
        assert arguments[3] == "next"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (["curl", "-H", "Authorization:", "Bearer", "{}", "x"],
         ["curl", "-H", "Authorization:", "Bearer", "<redacted>", "x"]),
        (["curl", "-H", "Authorization:", "{}", "x"],
         ["curl", "-H", "Authorization:", "<redacted>", "x"]),
        (["curl", "-H", "Authorization: {}"], ["curl", "-H", "Authorization: <redacted>"]),
        (["curl", "-H", "Authorization: Token {}"],
         ["curl", "-H", "Authorization: Token <redacted>"]),
        (["curl", "-H", "Authorization:Basic", "{}"],
         ["curl", "-H", "Authorization:Basic", "<redacted>"]),
        (["app", "Bearer", "{}", "x"], ["app", "Bearer", "<redacted>", "x"]),
        (["app", "Authorization: bearer", "{}"], ["app", "Authorization: bearer", "<redacted>"]),
        (["app", "X-Api-Key:", "{}", "x"], ["app", "X-Api-Key:", "<redacted>", "x"]),
        (["app", "--pw={}", "--pw", "{}"], ["app", "--pw=<redacted>", "--pw", "<redacted>"]),
        (["java", "-token", "{}", "x"], ["java", "-token", "<redacted>", "x"]),
        (["app", "Host:", "{}"], ["app", "Host:", "{}"]),
        (["app", "forbearer", "{}"], ["app", "forbearer", "{}"]),
        (["app", "Bearer", "--verbose"], ["app", "Bearer", "--verbose"]),
    ],
)  # fmt: skip
def test_an_argument_that_announces_the_next(before: list[str], after: list[str]) -> None:
    arguments = [word.format("hunter") for word in before]
    assert Redactor().argv(arguments) == [word.format("hunter") for word in after]


def test_an_option_behind_an_option_is_no_secret() -> None:
    assert Redactor().argv(["app", "--password", "--verbose"]) == ["app", "--password", "--verbose"]


def test_endless_arguments_are_counted() -> None:
    found = Redactor().argv(["x"] * (MAX_ARGUMENTS + 5))
    assert len(found) == MAX_ARGUMENTS + 1
    assert found[-1] == "... 5 more"


def test_endless_text_is_cut() -> None:
    assert Redactor().text("ab " * MAX_TEXT).endswith("...")
    assert len(Redactor().text("a" * 10 * MAX_TEXT)) <= MAX_TEXT + 3


@pytest.mark.parametrize("offset", range(0, 40, 3))
def test_a_secret_that_is_cut_in_two_does_not_leave_by_half(offset: int) -> None:
    url = f"postgres://shop:{SECRET}@db/x"
    text = "x " * ((MAX_TEXT - offset) // 2) + url + " y" * 100
    assert SECRET[:6] not in Redactor().text(text)


@pytest.mark.parametrize(
    "text",
    ["1" * MAX_TEXT, "a." * MAX_TEXT, "a-" * MAX_TEXT, "://" * MAX_TEXT, "eyJ-" * MAX_TEXT,
     "A1-" * MAX_TEXT, "password" * MAX_TEXT, "-----BEGIN " * MAX_TEXT, "x@" * MAX_TEXT,
     "a:b" * MAX_TEXT, "'" * MAX_TEXT, "password='" * MAX_TEXT, "--a" * MAX_TEXT, "\\" * MAX_TEXT,
     " -p" * MAX_TEXT, "AAAA-" * MAX_TEXT, "user " * MAX_TEXT],
    ids=lambda text: text[:11],
)  # fmt: skip
def test_no_text_takes_for_ever(text: str) -> None:
    """Patterns that look back and forth would take minutes here (a limit on processor time,
    not on the clock: the machine may be busy)."""
    program = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_CPU, (20, 20)); "
        "sys.path.insert(0, sys.argv[1]); "
        "from auditor.agent.redact import Redactor; "
        "Redactor().text(sys.stdin.read())"
    )
    command = [sys.executable, "-c", program, str(Path(__file__).parents[2])]
    assert subprocess.run(command, input=text[:MAX_TEXT].encode(), check=False).returncode == 0


ALPHABETS = {
    "hex": "0123456789abcdef",
    "base62": string.ascii_letters + string.digits,
    "base36": string.ascii_lowercase + string.digits,
    "upper": string.ascii_uppercase + string.digits,
    "urlsafe": string.ascii_letters + string.digits + "-_",
}


@st.composite
def tokens(draw: st.DrawFn) -> str:
    """Random as issuers make them, from a seed: Hypothesis's own choices are as simple as can
    be, such as sixteen times the letter a, which nothing tells from a word."""
    alphabet = ALPHABETS[draw(st.sampled_from(sorted(ALPHABETS)))]
    size = draw(st.integers(22, 64))  # token_urlsafe(16) has 22
    source = random.Random(draw(st.integers(0, 2**64)))
    while True:
        token = "".join(source.choice(alphabet) for _ in range(size))
        digits = sum(character.isdigit() for character in token)
        if digits * 8 >= size and token[0].isalnum() and token[-1].isalnum():
            return token


SHAPES = [
    "{}",
    "/srv/{}/lib",
    "/usr/lib:/opt/{}:/bin",
    "x={}",
    "--tag={}",
    "{}.internal",
    "key:{},other:1",
    "https://host.internal/path/{}",
    "https://host.internal/path?x={}&y=1",
    "https://user:{}@host.internal/",
    "https://{}@host.internal/",
    "a {} b",
    '{{"a": "{}"}}',
]


# The same in every run: by chance, about one in ten thousand looks like a name.
@settings(derandomize=True, max_examples=500)
@given(tokens(), st.sampled_from(SHAPES))
def test_no_random_token_stays_in_a_kept_value(token: str, shape: str) -> None:
    text = shape.format(token)
    for redactor in (Redactor(), Redactor(KEY)):
        assert token not in redactor.variable("XLA_FLAGS", text)
        assert token not in " ".join(redactor.argv(["app", text]))
        assert token not in " ".join(redactor.argv(["app", "--tag=" + text]))
        assert token not in redactor.named("label", text)


@given(st.text())
def test_scrubbing_is_done_once(text: str) -> None:
    redactor = Redactor()
    once = redactor.text(text)
    assert redactor.text(once) == once


# -- globs


@pytest.mark.parametrize(
    ("name", "pattern", "expected"),
    [
        ("APP_MODE", "*", True), ("APP_MODE", "APP_*", True), ("APP_MODE", "*_MODE", True),
        ("APP_MODE", "A*M*E", True), ("APP_MODE", "APP?MODE", True), ("APP_MODE", "APP_MOD", False),
        ("APP_MODE", "APP_MODE?", False), ("APP_MODE", "", False), ("", "", True), ("", "*", True),
        ("", "?", False), ("AB", "**", True), ("A*B", "A*B", True), ("APP_MODE", "app_*", False),
        ("APP_MODE", "[A-Z]*", False),
    ],
)  # fmt: skip
def test_globs(name: str, pattern: str, expected: bool) -> None:
    assert glob_matches(name, pattern) is expected


@given(st.text("abc", max_size=8), st.text("abc*?", max_size=8))
def test_globs_are_the_shells(name: str, pattern: str) -> None:
    import fnmatch

    assert glob_matches(name, pattern) == fnmatch.fnmatchcase(name, pattern)


def test_a_glob_of_many_stars_ends() -> None:
    assert not glob_matches("a" * 2000, "*a" * 500 + "b")


# -- the section


def test_the_section(tmp_path: Path) -> None:
    process(
        tmp_path, 1,
        environ={"OMP_NUM_THREADS": "4", "DB_PASSWORD": "hunter2", "HOSTNAME": "c0ffee",
                 "ENVAUDIT_KEY": "0123456789abcdef", "EMPTY": "", "PATH": "/bin"},
    )  # fmt: skip
    section = run_one(subject_in(tmp_path), collector)
    assert section.document() == {
        "status": "ok",
        "origin": "runtime",
        "facts": {
            "DB_PASSWORD": {"set": True},
            "EMPTY": {"set": True},
            "HOSTNAME": {"set": True},
            "OMP_NUM_THREADS": "4",
            "PATH": "/bin",
        },
        "identity": ["HOSTNAME"],
    }


def test_a_recorded_environment(tmp_path: Path) -> None:
    section = run_one(subject_in(TARGETS / "debian12-python-venv"), collector)
    assert section.facts.values == {
        "HOME": "/root",
        "HOSTNAME": {"set": True},
        "OLDPWD": {"set": True},
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "PWD": {"set": True},
    }
    assert sorted(section.facts.identity) == ["HOSTNAME", "OLDPWD", "PWD"]


def test_an_environment_that_may_not_be_read(tmp_path: Path) -> None:
    class Denied(dict[str, str]):
        def items(self) -> NoReturn:
            raise PermissionError(13, "Permission denied", "/proc/1/environ")

    section = run_one(subject_with(subject_in(tmp_path), Denied()), collector)
    assert (section.status, section.reason) == ("denied", "permission denied")


def test_too_many_variables_are_told(tmp_path: Path) -> None:
    process(tmp_path, 1, environ={f"V{number:05}": "" for number in range(5000)})
    section = run_one(subject_in(tmp_path), collector)
    assert len(section.facts.values) == 4096
    assert section.facts.gaps == {"*": "more than 4096 variables"}


def test_an_endless_name_is_cut(tmp_path: Path) -> None:
    process(tmp_path, 1, environ={"N" * 5000: "x"})
    section = run_one(subject_in(tmp_path), collector)
    assert section.facts.values == {"N" * 1024 + "...": {"set": True}}
