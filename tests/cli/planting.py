"""Where credentials are planted: environment, command line, installed distributions, pip."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from .credentials import Credential, Mint

# Names that begin like those whose values are kept, or are close to one.
NEAR_THE_LIST = (
    "OMP_PASSWORD PYTHON_TOKEN OPENBLAS_SECRET CUDA_API_KEY LD_PASSWORD LC_SECRET TF_TOKEN "
    "JAX_KEY XLA_FLAGS2 NCCL_TOKEN MALLOC_PASSWORD PYTHONPATH_ omp_num_threads pythonpath Path "
    "HOME_ TZ_KEY HTTP_PROXY_PASSWORD LANG_KEY TORCH_TOKEN NUMBA_KEY SLURM_JWT RAY_TOKEN "
    "HF_HOME_TOKEN CI_TOKEN MKL_NUM_THREADS_KEY LD_PRELOAD_ PIP_INDEX_URL "
    "PIP_EXTRA_INDEX_URL PIP_PROXY PIP_CERT HOSTNAME "
    "DEBUG PROFILE"
).split()


def environment(planted: Sequence[Credential], mint: Mint) -> tuple[dict[str, str], list[str]]:
    """Variables that hold every credential, and the secrets that were made for them.

    Each credential stands under a name that tells, a harmless one, and one near the list.
    """
    variables = {}
    for number, credential in enumerate(planted):
        variables[credential.name] = credential.text
        variables[f"SETTING_{number}"] = credential.text
        if number < len(NEAR_THE_LIST):
            variables[NEAR_THE_LIST[number]] = credential.text
    kept, secrets = kept_variables(mint)
    return {**variables, **kept}, secrets


def kept_variables(mint: Mint) -> tuple[dict[str, str], list[str]]:
    """Credentials in the values of variables that are kept, where people put them."""
    secrets: list[str] = []

    def made(secret: str) -> str:
        secrets.append(secret)
        return secret

    def token() -> str:
        return made(mint.alnum(32))

    variables = {
        "HTTP_PROXY": f"http://shop:{made(mint.weak() + '@' + mint.weak())}@proxy.internal:3128",
        "https_proxy": f"http://shop:{quote(made(mint.password()), safe='')}@proxy.internal:3128/",
        "ALL_PROXY": f"socks5h://{made(mint.weak())}:{token()}@proxy.internal:1080",
        "no_proxy": f"localhost,{token()}.internal",
        "ftp_proxy": f"http://shop:{made(mint.weak())}/{made(mint.weak())}@proxy.internal:3128",
        "PYTHONPATH": f"/srv/{token()}/lib:/srv/models:/opt/{made(mint.uuid())}/{token()}",
        "PATH": f"/opt/{token()}/bin:/usr/bin:/bin",
        "LD_LIBRARY_PATH": f"/opt/{token()}/lib",
        "LD_PRELOAD": f"/opt/{token()}/libx.so",
        "HOME": f"/srv/{token()}",
        "TMPDIR": f"/tmp/{token()}",
        "PYTHONUSERBASE": f"/srv/{token()}/base",
        "PYTHONSTARTUP": f"/srv/{token()}/start.py",
        "PYTHONPYCACHEPREFIX": f"/srv/{token()}",
        "PYTHONWARNINGS": f"ignore:{token()}",
        "PYTHONMALLOC": token(),
        "PYTHONINTMAXSTRDIGITS": token(),
        "PYTHONIOENCODING": f"utf-8:{token()}",
        "PYTHONTZPATH": f"/srv/{token()}/zones",
        "SSL_CERT_FILE": f"/srv/{token()}/ca.pem",
        "SSL_CERT_DIR": f"/srv/{token()}/certs",
        "REQUESTS_CA_BUNDLE": f"/srv/{token()}/ca.pem",
        "LANG": token(),
        "LC_TIME": token(),
        "LOCPATH": f"/srv/{token()}",
        "TZ": f":/srv/{token()}",
        "TZDIR": f"/srv/{token()}",
        "LOCALDOMAIN": f"{token()}.internal",
        "RES_OPTIONS": f"timeout:{token()} {token()}",
        "MALLOC_CONF": f"prof_prefix:/srv/{token()}/heap",
        "XLA_FLAGS": f"--xla_dump_to=gs://dumps?token={made(mint.weak())} --xla_tag={token()}",
        "TORCH_HOME": f"https://{made(mint.weak())}@models.internal/hub",
        "HF_HOME": f"hf://user:{made(mint.weak())}@hub.internal/cache",
        "TF_XLA_FLAGS": f"--tf_password {made(mint.weak())}",
        "EDITOR": f"vi -u shop:{made(mint.weak())}",
        "PAGER": f"less --token {made(mint.weak())}",
        "JAVA_HOME": f"/srv/{base64.b64encode(token().encode()).decode()}",
        "GODEBUG": f"password='{made(mint.weak() + ' ' + mint.weak())}'",
        "CUDA_VISIBLE_DEVICES": made(mint.uuid()),
        "NODE_EXTRA_CA_CERTS": f"https://ca.internal/ca.pem?sig={quote(token() + '=', safe='')}",
        "container": token(),
    }
    return variables, secrets


def arguments(planted: Sequence[Credential], mint: Mint) -> tuple[list[str], list[str]]:
    """A command line that holds every credential, and the secrets that were made for it.

    What does not give itself away stands behind a word that does.
    """
    words = []
    for number, credential in enumerate(planted):
        told = credential.name.lower().replace("_", "-") + "-password"
        styles = [
            ["--password", credential.text],
            [f"--password={credential.text}"],
            [f"--{told}={credential.text}"],
            [f"--{told}", credential.text],
            [f"-Dspring.datasource.password={credential.text}"],
            [f"PGPASSWORD={credential.text}"],
        ]
        if credential.evident:
            styles += [
                [credential.text],
                [f"--setting={credential.text}"],
                [f"--setting{number}", credential.text],
                ["-H", credential.text],
                ["sh", "-c", f"exec worker {credential.text} --verbose"],
            ]
        words += styles[number % len(styles)]
        if credential.evident:
            words += [credential.text]
    weak = [mint.weak() for _ in range(24)]
    words += [
        f"-p{weak[0]}", "-u", f"shop:{weak[1]}", "-p", weak[2], "-a", weak[3],
        "--user", f"shop:{weak[4]}", "-fsSLu", f"shop:{weak[5]}",
        f"mysqladmin ping -u root -p{weak[6]}",
        f"curl -fsS -u shop:{weak[7]} http://127.0.0.1/health",
        f"redis-cli -a {weak[8]} ping",
        f"sshpass -p {weak[9]} ssh shop@db.internal",
        f"worker --password {weak[10]} --verbose",
        f"worker --db-password '{weak[11]} {weak[12]}' --verbose",
        f"PGPASSWORD={weak[13]} psql -h db.internal",
        f"export DB_PASSWORD='{weak[14]}'; exec worker",
        f"psql postgresql://shop:{weak[15]}@db.internal/shop",
        f'curl -H "X-Auth-Token: {weak[16]}" http://127.0.0.1/',
        f"echo 'machine db.internal login shop password {weak[17]}' > ~/.netrc",
        f'{{"password": "{weak[18]}", "user": "shop"}}',
        f"openssl rsa -passin pass:{weak[19]}",
        f"mongo --username shop --password {weak[20]} --eval 1",
        f"docker login -u shop -p {weak[21]} registry.internal",
        f"ldapsearch -D cn=shop -w {weak[22]}",
        f"user=shop passwd={weak[23]},x",
    ]  # fmt: skip
    return words, weak


def distributions(site: Path, planted: Sequence[Credential]) -> list[str]:
    """Installed from URLs with credentials, one distribution each; their names."""
    names: list[str] = []
    for credential in planted:
        if "://" not in credential.text or not credential.evident:
            continue
        name = f"shop_{len(names)}"
        info = site / f"{name}-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "RECORD").write_text("")
        (info / "INSTALLER").write_text("pip\n")
        url = {"url": f"git+{credential.text}", "vcs_info": {"vcs": "git", "commit_id": "0" * 40}}
        (info / "direct_url.json").write_text(json.dumps(url))
        names.append(name.replace("_", "-"))
    return names


def pip_configuration(path: Path, planted: Sequence[Credential]) -> None:
    lines = ["[global]"]
    for number, credential in enumerate(planted):
        if "://" in credential.text:
            lines.append(f"extra-index-url-{number} = {credential.text}")
    path.write_text("\n".join(lines) + "\n")
