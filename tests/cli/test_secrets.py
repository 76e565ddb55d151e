"""No planted secret leaves the environment: not in any file, message, log or exception."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from auditor.agent.redact import Redactor

from . import planting
from .credentials import Mint, credentials
from .leaks import Needles, forms, needles
from .running import PYTHON, ROOT, Ended, docker, envaudit

SEED = 20240229
KEY_BYTES = 24


class Vault:
    """Credentials of one environment, and the search for them."""

    def __init__(self, seed: int) -> None:
        mint = Mint(-seed)
        self.planted = credentials(seed)
        self.variables, kept = planting.environment(self.planted, mint)
        self.arguments, typed = planting.arguments(self.planted, mint)
        self.key = mint.alnum(KEY_BYTES)
        self.secrets = [
            *(
                (f"{one.kind} ({one.name})", secret)
                for one in self.planted
                for secret in one.secrets
            ),
            *((f"kept variable {number}", secret) for number, secret in enumerate(kept)),
            *((f"argument {number}", secret) for number, secret in enumerate(typed)),
            ("ENVAUDIT_KEY", self.key),
        ]


@pytest.fixture(scope="module")
def vaults() -> tuple[Vault, Vault]:
    """Two environments that have no secret in common."""
    return Vault(SEED), Vault(SEED + 1)


@pytest.fixture(scope="module")
def sought(vaults: tuple[Vault, Vault]) -> Needles:
    made = needles(secret for vault in vaults for secret in vault.secrets)
    for name in vaults[0].variables:
        made.without(name)
    return made


@pytest.fixture(params=[False, True], ids=["without key", "with key"])
def key(request: pytest.FixtureRequest, vaults: tuple[Vault, Vault]) -> dict[str, str]:
    """The variable that sets a key, or nothing."""
    return {"ENVAUDIT_KEY": vaults[0].key} if request.param else {}


@dataclass
class Search:
    """Collects what commands left behind, and searches it."""

    needles: Needles
    directory: Path

    def command(self, ended: Ended, *, code: int = 0) -> Ended:
        """A command's output, and its code."""
        assert ended.code == code, ended.err[-2000:]
        self.text("standard output", ended.out)
        self.text("standard error", ended.err)
        return ended

    def files(self) -> None:
        """Every file in the directory."""
        for path in sorted(self.directory.rglob("*")):
            if path.is_file():
                self.text(path.name, path.read_text(errors="surrogateescape"))
                self.text("a file's name", path.name)

    def text(self, where: str, text: str) -> None:
        found = self.needles.search(where, text)
        told = [f"{leak.secret} as {leak.form} in {leak.where}: {leak.seen!r}" for leak in found]
        assert not told, "\n".join(told[:40])


@pytest.fixture
def search(sought: Needles, tmp_path: Path) -> Search:
    """Looks at all that lies in `tmp_path/out`."""
    directory = tmp_path / "out"
    directory.mkdir()
    return Search(sought, directory)


# -- the means themselves ----------------------------------------------------------------------


class TestTheSearch:
    """It can fail: a secret that is left is found, in every form."""

    def test_there_are_enough(self, vaults: tuple[Vault, Vault]) -> None:
        for vault in vaults:
            assert len(vault.planted) >= 120
            assert len({credential.kind for credential in vault.planted}) >= 100
            assert len({credential.name for credential in vault.planted}) >= 120
        mine, yours = ({secret for _, secret in vault.secrets} for vault in vaults)
        assert len(mine & yours) <= 3  # weak passwords may meet by chance

    def test_none_is_committed(self, vaults: tuple[Vault, Vault]) -> None:
        sources = "".join(path.read_text() for path in sorted(Path(__file__).parent.glob("*.py")))
        assert [label for label, secret in vaults[0].secrets if secret in sources] == []

    @pytest.mark.parametrize(
        "disguise",
        [
            lambda secret: secret,
            lambda secret: quote(secret, safe=""),
            quote_plus,
            lambda secret: base64.b64encode(secret.encode()).decode(),
            lambda secret: base64.b64encode(b"a" + secret.encode() + b"bc").decode(),
            lambda secret: base64.b64encode(b"ab" + secret.encode() + b"cd").decode(),
            lambda secret: base64.urlsafe_b64encode(b"a:" + secret.encode()).decode(),
            lambda secret: secret.encode().hex(),
            lambda secret: secret.encode().hex().upper(),
            lambda secret: json.dumps({"key": secret}),
            lambda secret: secret[::-1],
            lambda secret: secret[3:15],
        ],
    )
    def test_every_form_is_found(
        self, vaults: tuple[Vault, Vault], disguise: Callable[[str], str]
    ) -> None:
        for credential in vaults[0].planted:
            for secret in credential.secrets:
                # Shorter ones have no part of their own that does not occur by chance.
                if len(secret) >= 16:
                    text = f"before {disguise(secret)} after"
                    assert needles([("it", secret)]).search("here", text), credential

    def test_a_short_one_is_found_as_a_word(self) -> None:
        sought = needles([("pin", "482913")])
        assert sought.search("here", '{"x": 482913}')
        assert not sought.search("here", "1482913")

    def test_forms_hold_what_they_say(self) -> None:
        assert dict(forms("a/b c?d"))["quote"] == "a%2Fb%20c%3Fd"
        assert dict(forms("a/b c?d"))["quote_plus"] == "a%2Fb+c%3Fd"

    def test_a_leak_makes_a_check_fail(
        self, search: Search, vaults: tuple[Vault, Vault], tmp_path: Path
    ) -> None:
        variables = {"SETTING_X": vaults[0].planted[0].text}
        output = search.directory / "one.json"
        ended = envaudit(
            "snapshot", "-o", output, "--show", "SETTING_X", "--show", "PLAIN*",
            cwd=tmp_path, env={**variables, "PLAIN_WORD": vaults[0].variables["DB0_PASSWORD"]},
        )  # fmt: skip
        assert ended.code == 0
        # A word and a year that the user asks to be shown is shown.
        with pytest.raises(AssertionError, match="weak-password"):
            search.files()


class TestTheScrubber:
    """Free text: what gives itself away is hidden, with what announces it all is."""

    @pytest.mark.parametrize("seed", range(12))
    def test_what_gives_itself_away(self, seed: int) -> None:
        redactor = Redactor()
        for one in credentials(seed):
            if not one.evident:
                continue
            sought = needles((one.kind, secret) for secret in one.secrets)
            for text in (
                redactor.text(one.text),
                redactor.text(f"serve {one.text} --verbose"),
                redactor.text(f"/opt/app:{one.text}"),
                redactor.named("note", one.text),
                *redactor.argv(["serve", one.text]),
                *redactor.argv([f"--mode={one.text}"]),
                *redactor.argv(["sh", "-c", f"exec serve {one.text}"]),
            ):
                assert not sought.search(one.kind, text), one.text

    @pytest.mark.parametrize("seed", range(12))
    def test_what_a_name_announces(self, seed: int) -> None:
        redactor = Redactor()
        for one in credentials(seed):
            sought = needles((one.kind, secret) for secret in one.secrets)
            for text in (
                redactor.named("db.password", one.text),
                redactor.named("dbPassword", one.text),
                redactor.named("PGPASSWORD", one.text),
                redactor.named("com.example/api-key", one.text),
                *redactor.argv(["serve", "--password", one.text]),
                *redactor.argv(["serve", f"--api-token={one.text}"]),
            ):
                assert not sought.search(one.kind, text), one.text

    @pytest.mark.parametrize("seed", range(12))
    def test_command_lines(self, seed: int) -> None:
        words, secrets = planting.arguments([], Mint(seed))
        sought = needles((str(number), secret) for number, secret in enumerate(secrets))
        for redactor in (Redactor(), Redactor(b"k" * 16)):
            assert not sought.search("", "\n".join(redactor.argv(words)))
            text = "\n".join(map(redactor.text, words[11:]))  # the first ones are single words
            assert not sought.search("", text)

    @pytest.mark.parametrize(
        "text",
        [
            "python -m uvicorn app:main --host 0.0.0.0 --port 8080 --workers 4",
            "gunicorn -w 4 -b 0.0.0.0:8000 --timeout 60 service.wsgi:application",
            "docker run -u 1000:1000 -p 8080:80 -v /a:/b image",
            "curl -fsS http://127.0.0.1:8080/healthz || exit 1",
            "git+https://github.com/pypa/packaging.git@24.0",
            "torchrun --nproc_per_node=4 train.py --lr 1e-4 --tokenizer gpt2",
            "--xla_gpu_deterministic_ops=true --xla_cpu_multi_thread_eigen=false",
            "/opt/conda/envs/py311/lib/python3.11/site-packages/numpy-1.26.4.dist-info",
            "narenas:2,background_thread:true,dirty_decay_ms:10000",
            "mysqld --default-authentication-plugin=mysql_native_password",
            "org.opencontainers.image.source https://github.com/example/service",
            "sh -c exec python /opt/app/serve.py -p 8000",
        ],
    )
    def test_what_is_harmless_stays(self, text: str) -> None:
        assert Redactor().text(text) == text

    def test_one_mark_a_secret_and_none_inside_another(self) -> None:
        text = Redactor(b"k" * 16).text("https://me:it@9c8d7e6f5a4b3c2d@h/x?token=abcdefgh&v=2")
        assert text.count("<hmac-sha256:") == 2
        assert "<hmac-sha256:" not in text.replace("<hmac-sha256:", "", 2)
        assert text.endswith("&v=2")

    def test_scrubbing_twice_is_scrubbing_once(self) -> None:
        for redactor in (Redactor(), Redactor(b"k" * 16)):
            once = redactor.text("serve --token 8sT2kQ9wZ4 postgres://a:b@h/d password='c d'")
            assert redactor.text(once) == once

    def test_a_secret_that_the_end_cuts_off(self) -> None:
        secret = Mint(1).weak()
        for before in range(16 * 1024 - 60, 16 * 1024 + 10):
            text = "x " * (before // 2) + f"postgres://shop:{secret}@db.internal/shop"
            assert secret[:8] not in Redactor().text(text)


# -- this environment, a process ----------------------------------------------------------------


@pytest.fixture(scope="module")
def site(vaults: tuple[Vault, Vault], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with distributions that were installed from URLs."""
    directory = tmp_path_factory.mktemp("site")
    assert len(planting.distributions(directory, vaults[0].planted)) >= 20
    return directory


def variables(vault: Vault, site: Path) -> dict[str, str]:
    path = ":".join((str(ROOT), str(site), vault.variables["PYTHONPATH"]))
    # Python itself fails to start with these wrong, or is slow to.
    wrong = {"PYTHONMALLOC", "PYTHONIOENCODING", "PYTHONINTMAXSTRDIGITS", "LD_PRELOAD"}
    mine = {name: value for name, value in vault.variables.items() if name not in wrong}
    return {**mine, "PYTHONPATH": path}


def read(path: Path) -> dict[str, dict[str, object]]:
    sections = json.loads(path.read_text())["sections"]
    return {name: section["facts"] for name, section in sections.items()}


@pytest.mark.parametrize("debug", [(), ("--debug",)], ids=["", "debug"])
def test_this_environment(
    search: Search,
    vaults: tuple[Vault, Vault],
    site: Path,
    key: dict[str, str],
    debug: tuple[str, ...],
    tmp_path: Path,
) -> None:
    env = {**variables(vaults[0], site), **key}
    output = search.directory / "here.json"
    search.command(envaudit(*debug, "snapshot", cwd=tmp_path, env=env))
    search.command(envaudit(*debug, "snapshot", "-o", output, cwd=tmp_path, env=env))
    search.files()
    # What was searched had the chance to hold them.
    facts = read(output)
    assert vaults[0].variables.keys() - facts["env"].keys() <= {
        "PYTHONMALLOC", "PYTHONIOENCODING", "PYTHONINTMAXSTRDIGITS", "LD_PRELOAD"
    }  # fmt: skip
    assert len([name for name in facts["python.sources"] if name.startswith("shop-")]) >= 20
    assert "proxy.internal:3128" in str(facts["network"]["proxy.http"])


@pytest.fixture(scope="module")
def process(vaults: tuple[Vault, Vault], site: Path) -> Iterator[int]:
    """A process with everything in its environment and command line."""
    child = subprocess.Popen(
        [PYTHON, "-c", "import sys; print(flush=True); sys.stdin.read()", *vaults[0].arguments],
        env=variables(vaults[0], site),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with child:
        assert child.stdout is not None
        child.stdout.readline()  # it is the program by now, not a copy of this one
        yield child.pid
        child.kill()


def test_a_process(
    search: Search,
    vaults: tuple[Vault, Vault],
    process: int,
    key: dict[str, str],
    tmp_path: Path,
) -> None:
    output = search.directory / "process.json"
    target = f"pid:{process}"
    for debug in ((), ("--debug",)):
        search.command(envaudit(*debug, "snapshot", target, cwd=tmp_path, env=key))
    search.command(envaudit("snapshot", target, "-o", output, cwd=tmp_path, env=key))
    search.files()
    facts = read(output)
    argv = facts["process"]["argv"]
    assert isinstance(argv, list)
    assert len(argv) == len(vaults[0].arguments) + 3
    assert "SETTING_1" in facts["env"]


def planted_tree(root: Path, vault: Vault) -> None:
    """A root file system whose files hold credentials, as an image's do."""
    (root / "etc").mkdir(parents=True)
    planting.pip_configuration(root / "etc/pip.conf", vault.planted)
    lines = [f"10.0.0.{number} db{number}.internal" for number in range(9)]
    tokens = [one.text for one in vault.planted if one.kind in ("github-token", "hex-40")]
    (root / "etc/hosts").write_text("\n".join([*lines, *(f"10.1.0.1 {t}" for t in tokens)]))
    (root / "etc/resolv.conf").write_text(f"search {tokens[0]}.internal\noptions {tokens[1]}\n")
    (root / "etc/timezone").write_text(tokens[0] + "\n")
    (root / "etc/nsswitch.conf").write_text(f"hosts: files {tokens[1]}\n")
    (root / "etc/os-release").write_text('ID=debian\nVERSION_ID="12"\n')
    library = root / "usr/lib/python3.11"
    (root / "usr/bin").mkdir(parents=True)
    (root / "usr/bin/python3.11").write_bytes(b"\x7fELF")
    (root / "usr/bin/python3.11").chmod(0o755)
    (root / "usr/lib/python3/dist-packages").mkdir(parents=True)
    (root / "usr/bin/python3").symlink_to("python3.11")
    library.mkdir(parents=True)
    (library / "os.py").touch()
    packages = root / "usr/local/lib/python3.11/dist-packages"
    planting.distributions(packages, vault.planted)
    url = next(one.text for one in vault.planted if one.kind == "url-postgresql")
    (packages / "hook.pth").write_text(f"import os; os.environ['DB'] = {url!r}\n")


def test_a_root_file_system(
    search: Search, vaults: tuple[Vault, Vault], key: dict[str, str], tmp_path: Path
) -> None:
    planted_tree(tmp_path / "root", vaults[0])
    output = search.directory / "tree.json"
    target = f"rootfs:{tmp_path / 'root'}"
    search.command(envaudit("snapshot", target, cwd=tmp_path, env=key))
    search.command(envaudit("snapshot", target, "-o", output, cwd=tmp_path, env=key))
    search.files()
    facts = read(output)
    assert len([name for name in facts["python.sources"] if name.startswith("shop-")]) >= 20
    assert "pth.hook.pth" in facts["python.path"]


# -- containers ---------------------------------------------------------------------------------

NAME = "envaudit-test-secrets"


@pytest.fixture(scope="module")
def container(
    base_image: str,
    vaults: tuple[Vault, Vault],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """A real container that was given credentials in every way that `docker run` has."""
    vault = vaults[0]
    directory = tmp_path_factory.mktemp("container")
    planting.pip_configuration(directory / "pip.conf", vault.planted)
    planting.distributions(directory / "site", vault.planted)
    directory.chmod(0o755)
    options: list[str] = []
    for name, value in vault.variables.items():
        # These would keep Python from starting, or hide it.
        if name not in ("PYTHONPATH", "PATH", "LD_PRELOAD", "PYTHONMALLOC", "PYTHONIOENCODING",
                        "PYTHONINTMAXSTRDIGITS"):  # fmt: skip
            options += ["--env", f"{name}={value}"]
    options += ["--env", f"PYTHONPATH=/site:{vault.variables['PYTHONPATH']}"]
    for number, one in enumerate(vault.planted):
        options += ["--label", f"com.example.{number}.password={one.text}"]
        if one.evident:
            options += ["--label", f"com.example.{number}.note={one.text}"]
    evident = [one.text for one in vault.planted if one.evident]
    weak = [one.text for one in vault.planted if one.kind == "weak-password"]
    check = f"mysqladmin ping -u root -p{weak[0]} && curl -u me:{weak[1]} {evident[0]} || exit 1"
    docker("rm", "--force", NAME, check=False)
    docker(
        "run", "--detach", "--name", NAME, *options,
        "--volume", f"{directory}/pip.conf:/etc/pip.conf:ro",
        "--volume", f"{directory}/site:/site:ro",
        "--log-driver", "json-file", "--log-opt", f"tag={evident[1]}",
        "--log-opt", f"labels={evident[2]}",
        "--health-cmd", check, "--health-interval", "1h",
        "--add-host", f"{vault.variables['no_proxy'].split(',')[1]}:10.1.2.3",
        "--entrypoint", "python3", base_image,
        "-c", "import time; time.sleep(1000)", *vault.arguments,
    )  # fmt: skip
    yield f"docker:{NAME}"
    docker("rm", "--force", NAME)


@pytest.mark.parametrize("debug", [(), ("--debug",)], ids=["", "debug"])
def test_a_container(
    search: Search,
    vaults: tuple[Vault, Vault],
    container: str,
    key: dict[str, str],
    debug: tuple[str, ...],
    tmp_path: Path,
) -> None:
    output = search.directory / "container.json"
    search.command(envaudit(*debug, "snapshot", container, cwd=tmp_path, env=key))
    search.command(envaudit(*debug, "snapshot", container, "-o", output, cwd=tmp_path, env=key))
    search.files()
    facts = read(output)
    labels = [name for name in facts["container"] if name.startswith("labels.com.example.")]
    assert len(labels) >= 240
    assert facts["container"]["log_options.tag"] != ""
    assert "mysqladmin ping" in str(facts["container"]["healthcheck"])
    assert len(facts["container"]["command"]) == len(vaults[0].arguments) + 2  # type: ignore[arg-type]
    assert len(facts["process"]["argv"]) == len(vaults[0].arguments) + 3  # type: ignore[arg-type]
    assert "SETTING_1" in facts["env"]
    assert len([name for name in facts["python.sources"] if name.startswith("shop-")]) >= 20


def test_a_stopped_container_and_its_image(
    search: Search, vaults: tuple[Vault, Vault], container: str, key: dict[str, str], tmp_path: Path
) -> None:
    """The same configuration on the ways through files and the image's inspect."""
    docker("rm", "--force", f"{NAME}-image", check=False)
    docker("commit", NAME, f"{NAME}-image")
    try:
        docker("create", "--name", f"{NAME}-image", f"{NAME}-image")
        for kind in ("docker", "image"):
            output = search.directory / f"{kind}.json"
            target = f"{kind}:{NAME}-image"
            search.command(envaudit("snapshot", target, "-o", output, cwd=tmp_path, env=key))
            assert "labels.com.example.1.password" in read(output)["container"]
        search.files()
        assert "SETTING_1" in read(search.directory / "image.json")["env"]
    finally:
        docker("rm", "--force", f"{NAME}-image", check=False)
        docker("rmi", f"{NAME}-image")


# -- what is made of fingerprints ---------------------------------------------------------------


def take(directory: Path, name: str, env: dict[str, str]) -> Path:
    output = directory / f"{name}.json"
    assert envaudit("snapshot", "-q", "-o", output, cwd=directory, env=env).code == 0
    return output


@pytest.mark.parametrize("debug", [(), ("--debug",)], ids=["", "debug"])
def test_compare_bless_and_gate(
    search: Search,
    vaults: tuple[Vault, Vault],
    site: Path,
    key: dict[str, str],
    debug: tuple[str, ...],
    tmp_path: Path,
) -> None:
    """Of two environments in which every secret differs."""
    ours, theirs = vaults
    out = search.directory
    a = take(tmp_path, "a", {**variables(ours, site), **key})
    # Without a key only what is shown can differ.
    changed = {"OMP_NUM_THREADS": "3"}
    b = take(tmp_path, "b", {**variables(theirs, site), **changed, **key})
    quiet = {**key, "COLUMNS": "80"}

    def run(code: int, *arguments: str | Path) -> None:
        search.command(envaudit(*debug, *arguments, cwd=tmp_path, env=quiet), code=code)

    run(1, "compare", a, b)
    run(1, "compare", a, b, "--all", "-o", out / "all.txt")
    run(1, "compare", a, b, "--format", "json")
    run(1, "compare", a, b, "--format", "json", "-o", out / "comparison.json")
    run(0, "bless", a, "-o", out / "baseline.json")
    run(1, "gate", b, "--against", out / "baseline.json")
    run(1, "gate", b, "--against", out / "baseline.json", "--format", "json")
    run(1, "gate", b, "--against", out / "baseline.json", "-o", out / "verdict.txt")
    run(0, "agent", "-o", out / "envaudit.pyz")
    search.files()
    told = (out / "all.txt").read_text() + (out / "comparison.json").read_text()
    assert "SETTING_1" in told
    assert "OMP_NUM_THREADS" in told


class TestDigests:
    """With a key one differing secret is told apart; without one nothing is said."""

    @staticmethod
    def pair(directory: Path, key: dict[str, str], before: str, after: str) -> Ended:
        mint = Mint(7)
        common = {"DB_PASSWORD": mint.weak(), "SETTING": mint.alnum(20)}
        proxy = "http://shop:{}@proxy.internal:3128"
        a = take(
            directory, "a", {**common, **key, "PIN": before, "HTTP_PROXY": proxy.format(before)}
        )
        b = take(directory, "b", {**common, **key, "PIN": after, "HTTP_PROXY": proxy.format(after)})
        return envaudit("compare", "--format", "json", a, b, cwd=directory, env=key)

    def test_one_that_differs(self, tmp_path: Path) -> None:
        pin, other = Mint(1).digits(6), Mint(2).digits(6)
        ended = self.pair(tmp_path, {"ENVAUDIT_KEY": Mint(3).alnum(16)}, pin, other)
        assert ended.code == 1
        changes = {change["path"] for change in json.loads(ended.out)["changes"]}
        assert changes == {"env.PIN", "env.HTTP_PROXY", "network.proxy.http"}

    def test_none_that_differs(self, tmp_path: Path) -> None:
        pin = Mint(1).digits(6)
        ended = self.pair(tmp_path, {"ENVAUDIT_KEY": Mint(3).alnum(16)}, pin, pin)
        assert ended.code == 0
        comparison = json.loads(ended.out)
        assert comparison["changes"] == []
        assert [entry for entry in comparison["not_compared"] if entry["withheld"]] == []

    @pytest.mark.parametrize("same", [True, False])
    def test_without_a_key(self, tmp_path: Path, same: bool) -> None:
        pin, other = Mint(1).digits(6), Mint(2).digits(6)
        ended = self.pair(tmp_path, {}, pin, pin if same else other)
        comparison = json.loads(ended.out)
        assert comparison["changes"] == []
        assert ended.code == 0
        withheld = {entry["path"] for entry in comparison["not_compared"] if entry["withheld"]}
        assert withheld >= {"env.PIN", "env.DB_PASSWORD", "env.HTTP_PROXY", "network.proxy.http"}

    def test_under_different_keys(self, tmp_path: Path) -> None:
        pin = Mint(1).digits(6)
        a = take(tmp_path, "a", {"PIN": pin, "ENVAUDIT_KEY": Mint(3).alnum(16)})
        b = take(tmp_path, "b", {"PIN": pin, "ENVAUDIT_KEY": Mint(4).alnum(16)})
        ended = envaudit("compare", "--format", "json", a, b, cwd=tmp_path)
        assert ended.code == 0
        withheld = [entry["path"] for entry in json.loads(ended.out)["not_compared"]]
        assert "env.PIN" in withheld

    def test_the_same_key_from_a_file(self, tmp_path: Path) -> None:
        pin, key = Mint(1).digits(6), Mint(3).alnum(16)
        (tmp_path / "key").write_text(key + "\n")
        a = take(tmp_path, "a", {"PIN": pin, "ENVAUDIT_KEY": key})
        b = take(tmp_path, "b", {"PIN": pin, "ENVAUDIT_KEY_FILE": str(tmp_path / "key")})
        assert read(a)["env"]["PIN"] == read(b)["env"]["PIN"]
        assert str(read(a)["env"]["PIN"]).startswith("hmac-sha256:")


# -- the crash path -----------------------------------------------------------------------------

# `{kind}` is the exception's; its message is the planted secret, and so is a local variable.
CRASH = """
import os, sys
import auditor.{module} as module
def broken(*arguments, **options):
    secret = os.environ["PLANTED"]
    try:
        int(secret)
    except ValueError as error:
        raise {kind}(secret) from error
{place} = broken
from auditor.__main__ import main
sys.argv[0] = "envaudit"
main()
"""
# What the agent alone does not do (`auditor.shortcut`).
WHOLE = ("snapshot", "--python", PYTHON)
COLLECTORS = "agent.collectors.env agent.collectors.cpu agent.collectors.python_packages".split()
DEEP = [
    ("agent.snapshot", "module.run", ("snapshot",)),
    ("capture.local", "module.live_subject", WHOLE),
    ("cli.snapshot", "module.one_line", (*WHOLE, "-o", "out/x.json")),
    ("cli.snapshot", "module.emit", WHOLE),
    ("cli.options", "module.capture", ("compare", ".", ".")),
    ("cli.compare", "module.join", ("compare", ".", ".")),
    ("cli.bless", "module._bless", ("bless", ".", "-o", "out/base.json")),
]


@pytest.mark.parametrize("kind", ["RuntimeError", "KeyError", "OSError"])
@pytest.mark.parametrize("module", COLLECTORS)
def test_a_collector_that_fails(
    search: Search,
    vaults: tuple[Vault, Vault],
    module: str,
    kind: str,
    tmp_path: Path,
) -> None:
    """It costs its own section, whose reason quotes nothing."""
    planted = next(one.text for one in vaults[0].planted if one.kind == "weak-password")
    crash = CRASH.format(module=module, kind=kind, place="module.collect")
    for debug in ((), ("--debug",)):
        output = search.directory / "here.json"
        search.command(
            envaudit(
                *debug, "snapshot", "-o", output, cwd=tmp_path, env={"PLANTED": planted},
                program=[PYTHON, "-c", crash],
            )
        )  # fmt: skip
    search.files()
    statuses = [part["status"] for part in json.loads(output.read_text())["sections"].values()]
    assert statuses.count("error") == 1


# The agent that is sent into the container ends with the secret in its exception.
CRASH_INSIDE = """
import os, sys
import auditor.capture.bundle as bundle
modules = bundle._modules
def broken():
    last = "def {place}(*_, **__): raise ValueError(" + repr(os.environ["PLANTED"]) + ")"
    for name, is_package, source in modules():
        if name.endswith(".sent"):
            source += ("\\n" + last + "\\n").encode()
        yield name, is_package, source
bundle._modules = broken
bundle._cached_code = lambda names: b""  # what is compiled already does not fail
from auditor.__main__ import main
main()
"""


@pytest.mark.parametrize(
    ("place", "saying"),
    [
        ("live_subject", "the snapshot failed: cannot be understood (ValueError)"),
        ("take_snapshot", "the snapshot failed: cannot be understood (ValueError)"),
        ("serve", "it ended with ValueError"),
    ],
)
def test_an_agent_that_fails_in_a_container(
    search: Search, vaults: tuple[Vault, Vault], container: str, place: str, saying: str,
    tmp_path: Path,
) -> None:  # fmt: skip
    planted = next(one.text for one in vaults[0].planted if one.kind == "weak-password")
    ended = envaudit(
        "--debug", "snapshot", container, cwd=tmp_path, env={"PLANTED": planted},
        program=[PYTHON, "-c", CRASH_INSIDE.format(place=place)],
    )  # fmt: skip
    search.command(ended, code=3)
    assert ended.out == ""
    assert ended.lines[-1].endswith(saying)


@pytest.mark.parametrize("debug", [(), ("--debug",)], ids=["", "debug"])
@pytest.mark.parametrize("kind", ["RuntimeError", "OSError"])
@pytest.mark.parametrize(("module", "place", "arguments"), DEEP)
def test_a_command_that_fails(
    search: Search,
    vaults: tuple[Vault, Vault],
    module: str,
    place: str,
    arguments: tuple[str, ...],
    kind: str,
    debug: tuple[str, ...],
    tmp_path: Path,
) -> None:
    planted = next(one.text for one in vaults[0].planted if one.kind == "weak-password")
    crash = CRASH.format(module=module, kind=kind, place=place)
    (tmp_path / "out").mkdir(exist_ok=True)
    ended = envaudit(
        *debug, *arguments, cwd=tmp_path, env={"PLANTED": planted},
        program=[PYTHON, "-c", crash],
    )  # fmt: skip
    search.command(ended, code=3)
    search.files()
    assert ended.out == ""
    agents = not debug and arguments == ("snapshot",)
    saying = "envaudit: the snapshot failed: " if agents else "envaudit: failed unexpectedly"
    assert ended.lines[-1].startswith(saying)
    if debug:
        # Where it happened is told, to the line.
        assert any("in broken" in line for line in ended.lines)
    else:
        assert len(ended.lines) == 1
