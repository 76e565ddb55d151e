"""Fake credentials of many kinds, made at test time: none of them stands in a file.

The same seed makes the same credentials. Nothing here is valid anywhere; the shapes follow
what the issuers document, so that scanners take them for real ones.
"""

from __future__ import annotations

import base64
import json
import random
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

ALNUM = string.ascii_letters + string.digits
UPPER = string.ascii_uppercase + string.digits
HEX = "0123456789abcdef"
# What breaks naive parsers of URLs, shells, JSON and connection strings.
SPECIAL = "@:/?#%&=+;,'\"\\ $!<>{}[]|^~"
# Words of people, from which passwords of low entropy are made.
WORDS = (
    "Falcon Orchard Lantern Harbour Thistle Meadow Walnut Juniper Glacier Cinnamon Saffron "
    "Velvet Tamarind Marigold Bramble Puffin"
).split()


@dataclass(frozen=True, slots=True)
class Credential:
    """One credential as it would be set.

    - `name`: a name that announces it.
    - `text`: the whole value. `secrets`: its parts that must never be seen.
    - `evident`: whether the text gives itself away (an issuer's prefix, a URL with a password,
      randomness); a word and a year under a harmless name do not.
    """

    kind: str
    name: str
    text: str
    secrets: tuple[str, ...]
    evident: bool = True


class Mint:
    """Makes the parts that credentials consist of."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def some(self, alphabet: str, count: int) -> str:
        return "".join(self._random.choice(alphabet) for _ in range(count))

    def alnum(self, count: int) -> str:
        """Letters and digits, mixed as in a token (never a word by chance)."""
        while True:
            made = self.some(ALNUM, count)
            if sum(character.isdigit() for character in made) * 8 >= count:
                return made

    def hex(self, count: int) -> str:
        return self.some(HEX, count)

    def bytes(self, count: int) -> bytes:
        return self._random.randbytes(count)

    def base64(self, count: int) -> str:
        return base64.b64encode(self.bytes(count)).decode()

    def urlsafe(self, count: int) -> str:
        return base64.urlsafe_b64encode(self.bytes(count)).decode().rstrip("=")

    def uuid(self) -> str:
        return "-".join(self.hex(count) for count in (8, 4, 4, 4, 12))

    def digits(self, count: int) -> str:
        return self._random.choice("123456789") + self.some(string.digits, count - 1)

    def word(self) -> str:
        return self._random.choice(WORDS)

    def weak(self) -> str:
        """What people choose: a word or two, a year, an exclamation mark."""
        words = self._random.sample(WORDS, 2)
        year = str(self._random.randint(1961, 2024))
        shape = self._random.choice(("{0}{2}", "{0}{2}!", "{0}{1}", "{0}-{1}-{2}", "{0}@{2}"))
        return shape.format(*words, year)

    def password(self) -> str:
        """Strong, with at least four special characters."""
        letters = list(self.alnum(12) + self.some(SPECIAL, 6))
        self._random.shuffle(letters)
        return "".join(letters)

    def pem(self, label: str, newline: str = "\n") -> tuple[str, tuple[str, ...]]:
        """A block and its lines of content."""
        lines = [self.base64(48) for _ in range(6)]
        return (
            newline.join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""]),
            tuple(lines),
        )


def credentials(seed: int) -> list[Credential]:
    """All kinds, one or a few of each; more than 120."""
    mint = Mint(seed)
    return [
        *_prefixed(mint),
        *_unprefixed(mint),
        *_cloud(mint),
        *_urls(mint),
        *_connection_strings(mint),
        *_headers_and_files(mint),
        *_blocks_and_hashes(mint),
        *_weak(mint),
    ]


def _prefixed(mint: Mint) -> Iterator[Credential]:
    """Tokens with their issuer's prefix: (kind, name, prefix, body)."""
    alnum, hexadecimal = mint.alnum, mint.hex
    shapes: list[tuple[str, str, str, Callable[[], str]]] = [
        ("aws-access-key", "AWS_ACCESS_KEY_ID", "AKIA", lambda: mint.some(UPPER, 16)),
        ("aws-temporary-key", "AWS_ACCESS_KEY_ID_2", "ASIA", lambda: mint.some(UPPER, 16)),
        ("gcp-api-key", "GOOGLE_API_KEY", "AIza", lambda: alnum(35)),
        ("gcp-oauth-token", "GOOGLE_OAUTH_TOKEN", "ya29.", lambda: mint.urlsafe(60)),
        ("gcp-client-secret", "GOOGLE_CLIENT_SECRET", "GOCSPX-", lambda: alnum(28)),
        ("github-token", "GITHUB_TOKEN", "ghp_", lambda: alnum(36)),
        ("github-app-token", "GH_TOKEN", "ghs_", lambda: alnum(36)),
        ("github-fine-token", "GITHUB_PAT", "github_pat_", lambda: alnum(22) + "_" + alnum(59)),
        ("gitlab-token", "GITLAB_TOKEN", "glpat-", lambda: alnum(20)),
        ("gitlab-runner", "RUNNER_TOKEN", "GR1348941", lambda: alnum(20)),
        ("slack-bot", "SLACK_BOT_TOKEN", "xoxb-", lambda: mint.digits(12) + "-" + alnum(24)),
        ("slack-app", "SLACK_APP_TOKEN", "xapp-1-", lambda: alnum(11) + "-" + hexadecimal(64)),
        ("stripe-key", "STRIPE_API_KEY", "sk_live_", lambda: alnum(24)),
        ("stripe-restricted", "STRIPE_RESTRICTED_KEY", "rk_live_", lambda: alnum(24)),
        ("stripe-webhook", "STRIPE_WEBHOOK_SECRET", "whsec_", lambda: alnum(32)),
        ("npm-token", "NPM_TOKEN", "npm_", lambda: alnum(36)),
        ("pypi-token", "PYPI_TOKEN", "pypi-AgEIcHlwaS5vcmc", lambda: mint.urlsafe(60)),
        ("openai-key", "OPENAI_API_KEY", "sk-proj-", lambda: alnum(48)),
        ("anthropic-key", "ANTHROPIC_API_KEY", "sk-ant-api03-", lambda: alnum(48)),
        ("huggingface-token", "HF_TOKEN", "hf_", lambda: alnum(34)),
        ("digitalocean-token", "DIGITALOCEAN_TOKEN", "dop_v1_", lambda: hexadecimal(64)),
        ("databricks-token", "DATABRICKS_TOKEN", "dapi", lambda: hexadecimal(32)),
        ("sendgrid-key", "SENDGRID_API_KEY", "SG.", lambda: alnum(22) + "." + alnum(43)),
        ("mailgun-key", "MAILGUN_API_KEY", "key-", lambda: hexadecimal(32)),
        ("twilio-key", "TWILIO_API_KEY", "SK", lambda: hexadecimal(32)),
        ("shopify-token", "SHOPIFY_TOKEN", "shpat_", lambda: hexadecimal(32)),
        ("square-token", "SQUARE_ACCESS_TOKEN", "sq0atp-", lambda: alnum(22)),
        ("facebook-token", "FACEBOOK_TOKEN", "EAA", lambda: alnum(60)),
        ("vault-token", "VAULT_TOKEN", "hvs.", lambda: alnum(90)),
        ("vault-old-token", "VAULT_OLD_TOKEN", "s.", lambda: alnum(24)),
        ("docker-token", "DOCKER_PASSWORD", "dckr_pat_", lambda: alnum(27)),
        ("linear-key", "LINEAR_API_KEY", "lin_api_", lambda: alnum(40)),
        ("figma-token", "FIGMA_TOKEN", "figd_", lambda: alnum(40)),
        ("newrelic-key", "NEW_RELIC_API_KEY", "NRAK-", lambda: mint.some(UPPER, 27)),
        (
            "postman-key",
            "POSTMAN_API_KEY",
            "PMAK-",
            lambda: hexadecimal(24) + "-" + hexadecimal(34),
        ),
        ("atlassian-token", "JIRA_API_TOKEN", "ATATT3", lambda: alnum(180)),
        ("grafana-token", "GRAFANA_TOKEN", "glsa_", lambda: alnum(32) + "_" + hexadecimal(8)),
        ("rubygems-key", "GEM_HOST_API_KEY", "rubygems_", lambda: hexadecimal(48)),
        ("doppler-token", "DOPPLER_TOKEN", "dp.pt.", lambda: alnum(43)),
        ("pulumi-token", "PULUMI_ACCESS_TOKEN", "pul-", lambda: hexadecimal(40)),
        ("replicate-token", "REPLICATE_API_TOKEN", "r8_", lambda: alnum(37)),
        ("groq-key", "GROQ_API_KEY", "gsk_", lambda: alnum(52)),
        ("nuget-key", "NUGET_API_KEY", "oy2", lambda: mint.some(HEX + "ghijklmnop", 43)),
        ("notion-token", "NOTION_TOKEN", "secret_", lambda: alnum(43)),
        ("age-key", "SOPS_AGE_KEY", "AGE-SECRET-KEY-1", lambda: mint.some(UPPER, 58)),
    ]
    for kind, name, prefix, body in shapes:
        made = body()
        yield Credential(kind, name, prefix + made, (made,))
    number, secret = mint.digits(10), "AA" + alnum(33)
    yield Credential("telegram-token", "TELEGRAM_TOKEN", f"{number}:{secret}", (secret,))
    made = alnum(60)
    text = f"{alnum(14)}.atlasv1.{made}"
    yield Credential("terraform-token", "TFE_TOKEN", text, (made,))


def _unprefixed(mint: Mint) -> Iterator[Credential]:
    """Nothing but randomness."""
    shapes: list[tuple[str, str, str]] = [
        ("aws-secret-key", "AWS_SECRET_ACCESS_KEY", mint.base64(30)),
        ("aws-session-token", "AWS_SESSION_TOKEN", mint.base64(210)),
        ("azure-client-secret", "AZURE_CLIENT_SECRET", mint.alnum(5) + "~" + mint.alnum(34)),
        ("hex-32", "DATADOG_API_KEY", mint.hex(32)),
        ("hex-40", "WANDB_API_KEY", mint.hex(40)),
        ("hex-64", "JWT_SIGNING_SECRET", mint.hex(64)),
        ("base64-32", "FERNET_KEY", base64.urlsafe_b64encode(mint.bytes(32)).decode()),
        ("base64-48", "SESSION_SECRET", mint.base64(48)),
        ("uuid", "HEROKU_API_KEY", mint.uuid()),
        ("alnum-20", "PLAIN_SECRET", mint.alnum(20)),
        ("alnum-40", "CLOUDFLARE_API_TOKEN", mint.alnum(40)),
        ("mailchimp", "MAILCHIMP_API_KEY", mint.hex(32) + "-us12"),
        ("base32-totp", "TOTP_SECRET", mint.some(string.ascii_uppercase + "234567", 32)),
        ("licence", "LICENSE_KEY", "-".join(mint.some(UPPER, 5) for _ in range(5))),
        (
            "base64-json",
            "BLOB",
            base64.b64encode(json.dumps({"k": mint.alnum(30)}).encode()).decode(),
        ),
    ]
    for kind, name, text in shapes:
        yield Credential(kind, name, text, (text,))
    for number in range(3):
        text = mint.password()
        yield Credential("special-password", f"ADMIN_PASSWORD_{number}", text, (text,), False)
    text = mint.alnum(10) + "\u00fc\u00df\u4e2d" + mint.alnum(10)
    yield Credential("unicode-password", "UNICODE_PASSWORD", text, (text,), False)
    text = mint.alnum(16) + "\n" + mint.alnum(16)
    yield Credential("two-line-password", "TWO_LINE_PASSWORD", text, (text,), False)


def _cloud(mint: Mint) -> Iterator[Credential]:
    key = mint.base64(64)
    yield Credential(
        "azure-storage",
        "AZURE_STORAGE_CONNECTION_STRING",
        "DefaultEndpointsProtocol=https;AccountName=shop;"
        f"AccountKey={key};EndpointSuffix=core.windows.net",
        (key,),
    )
    key = mint.base64(32)
    yield Credential(
        "azure-servicebus",
        "SERVICEBUS_CONNECTION",
        "Endpoint=sb://shop.servicebus.windows.net/;SharedAccessKeyName=Root;"
        f"SharedAccessKey={key}",
        (key,),
    )
    signature = mint.base64(32)
    yield Credential(
        "azure-sas",
        "BLOB_URL",
        "https://shop.blob.core.windows.net/c/f.csv?sv=2022-11-02&se=2030-01-01&sp=r"
        f"&sig={quote(signature, safe='')}",
        (signature,),
    )
    identity, signature = mint.some(UPPER, 16), mint.hex(64)
    yield Credential(
        "aws-presigned",
        "DOWNLOAD_URL",
        "https://shop.s3.amazonaws.com/f.csv?X-Amz-Algorithm=AWS4-HMAC-SHA256"
        f"&X-Amz-Credential=AKIA{identity}%2F20240101%2Fus-east-1%2Fs3%2Faws4_request"
        f"&X-Amz-Signature={signature}",
        (identity, signature),
    )
    signature = mint.hex(96)
    yield Credential(
        "gcs-signed",
        "ARTIFACT_URL",
        f"https://storage.googleapis.com/shop/f.csv?X-Goog-Expires=900&X-Goog-Signature={signature}",
        (signature,),
    )
    signature = mint.urlsafe(96)
    yield Credential(
        "cloudfront-signed",
        "CDN_URL",
        f"https://d1.cloudfront.net/f?Expires=1700000000&Signature={signature}&Key-Pair-Id=K2",
        (signature,),
    )
    block, lines = mint.pem("PRIVATE KEY")
    identity = mint.hex(40)
    yield Credential(
        "gcp-service-account",
        "GOOGLE_CREDENTIALS",
        json.dumps({"type": "service_account", "private_key_id": identity, "private_key": block}),
        (identity, *lines),
    )


def _urls(mint: Mint) -> Iterator[Credential]:
    schemes = (
        "postgres postgresql+psycopg2 mysql mysql+pymysql mariadb+mariadbconnector mongodb "
        "mongodb+srv mssql+pyodbc oracle+oracledb clickhouse cockroachdb snowflake amqp amqps "
        "redis rediss ldap smtp ftp https"
    ).split()
    for number, scheme in enumerate(schemes):
        secret = (mint.weak, mint.password, lambda: mint.alnum(18))[number % 3]()
        user = "" if scheme.startswith("redis") else "shop"
        yield Credential(
            "url-" + scheme.partition("+")[0],
            f"{scheme.partition('+')[0].upper()}_URL",
            f"{scheme}://{user}:{quote(secret, safe='')}@db.internal:5432/shop?timeout=5",
            (secret,),
        )
    # Not encoded, as people write them: the password holds what ends a URL's parts.
    for number, mark in enumerate("@:/?#"):
        secret = mint.weak() + mark + mint.weak()
        yield Credential(
            f"url-raw-{number}",
            f"RAW_DATABASE_URL_{number}",
            f"postgresql://shop:{secret}@db.internal:5432/shop",
            (secret,),
        )
    token = mint.alnum(40)
    yield Credential("url-token", "GIT_URL", f"https://{token}@git.internal/shop.git", (token,))
    token = mint.hex(32)
    yield Credential("sentry-dsn", "SENTRY_DSN", f"https://{token}@o1.ingest.io/42", (token,))
    token = mint.alnum(24)
    yield Credential(
        "slack-webhook",
        "ALERT_URL",
        f"https://hooks.slack.com/services/T{mint.some(UPPER, 8)}/B{mint.some(UPPER, 8)}/{token}",
        (token,),
    )
    token = mint.alnum(68)
    yield Credential(
        "discord-webhook",
        "NOTIFY_URL",
        f"https://discord.com/api/webhooks/{mint.digits(18)}/{token}",
        (token,),
    )
    token = mint.hex(32)
    yield Credential(
        "teams-webhook",
        "TEAMS_URL",
        f"https://shop.webhook.office.com/webhookb2/{mint.uuid()}/IncomingWebhook/{token}",
        (token,),
    )
    token = mint.some(string.ascii_uppercase + "234567", 32)
    yield Credential("otpauth", "OTP_URL", f"otpauth://totp/shop:me?secret={token}", (token,))
    token = mint.alnum(30)
    yield Credential(
        "url-query", "CALLBACK", f"https://shop.internal/x?api_key={token}&v=2", (token,)
    )
    secret = mint.weak()
    yield Credential(
        "url-query-weak", "HOOK", f"https://shop.internal/x?v=2&password={secret}", (secret,)
    )


def _connection_strings(mint: Mint) -> Iterator[Credential]:
    shapes = (
        ("libpq", "PG_DSN", "host=db.internal port=5432 user=shop password={} dbname=shop"),
        ("libpq-quoted", "PG_DSN_QUOTED", "host=db.internal password='{}' user=shop"),
        ("odbc", "ODBC_CONNECTION", "Driver={{PG}};Server=db.internal;Uid=shop;Pwd={};"),
        ("ado", "SQL_CONNECTION", "Server=db.internal;User Id=shop;Password={};Encrypt=yes"),
        ("jdbc", "JDBC_URL", "jdbc:postgresql://db.internal/shop?user=shop&password={}"),
        ("jdbc-oracle", "JDBC_ORACLE_URL", "jdbc:oracle:thin:shop/{}@db.internal:1521/shop"),
        ("mysql-dsn", "GO_DSN", "shop:{}@tcp(db.internal:3306)/shop?parseTime=true"),
        ("kafka-jaas", "KAFKA_JAAS", 'PlainLoginModule required username="shop" password="{}";'),
    )
    for kind, name, shape in shapes:
        for number, secret in enumerate((mint.weak(), mint.alnum(20))):
            # Oracle's and Go's forms are told apart from `a:b@c` in prose by nobody.
            evident = kind not in ("jdbc-oracle", "mysql-dsn") or number > 0
            name_ = f"{name}_{number}"
            yield Credential(kind, name_, shape.format(secret), (secret,), evident)


def _headers_and_files(mint: Mint) -> Iterator[Credential]:
    token, key = mint.alnum(40), mint.alnum(32)
    yield Credential("bearer", "AUTH_HEADER", f"Authorization: Bearer {token}", (token,))
    secret = mint.weak()
    basic = base64.b64encode(f"shop:{secret}".encode()).decode()
    yield Credential("basic", "BASIC_HEADER", f"Authorization: Basic {basic}", (secret, basic))
    yield Credential("api-key-header", "KEY_HEADER", f"X-Api-Key: {key}", (key,))
    cookie, csrf = mint.alnum(32), mint.alnum(64)
    yield Credential(
        "cookie",
        "COOKIE",
        f"sessionid={cookie}; csrftoken={csrf}; Path=/; HttpOnly",
        (cookie, csrf),
    )
    secret = mint.weak()
    text = f"machine git.internal login shop password {secret}"
    yield Credential("netrc", "NETRC_LINE", text, (secret,))
    secret = mint.alnum(16)
    text = f"db.internal:5432:shop:shop:{secret}"
    yield Credential("pgpass", "PGPASS_LINE", text, (secret,))
    token = mint.uuid()
    text = f"//registry.internal/:_authToken={token}"
    yield Credential("npmrc", "NPMRC_LINE", text, (token,))
    basic = base64.b64encode(f"shop:{mint.alnum(20)}".encode()).decode()
    text = json.dumps({"auths": {"registry.internal": {"auth": basic}}})
    yield Credential("docker-config", "DOCKER_AUTH_CONFIG", text, (basic,))
    secret = mint.weak()
    text = json.dumps({"user": "shop", "password": secret})
    yield Credential("json-password", "SERVICE_CONFIG", text, (secret,))
    secret = mint.weak()
    yield Credential(
        "yaml-password", "SERVICE_YAML", f"user: shop\npassword: {secret}\n", (secret,)
    )
    header = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT"}').decode().rstrip("=")
    claims, signature = mint.urlsafe(60), mint.urlsafe(32)
    yield Credential("jwt", "ID_TOKEN", f"{header}.eyJ{claims}.{signature}", (claims, signature))


def _blocks_and_hashes(mint: Mint) -> Iterator[Credential]:
    for label in ("RSA PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY"):
        block, lines = mint.pem(label)
        kind = label.split()[0].lower() + "-key"
        yield Credential(kind, f"{label.split()[0]}_KEY", block, lines)
    block, lines = mint.pem("PRIVATE KEY", newline="\\n")
    yield Credential("one-line-key", "TLS_KEY", block, lines)
    block, lines = mint.pem("PGP PRIVATE KEY BLOCK")
    yield Credential("pgp-key", "SIGNING_KEY", block, lines)
    alphabet = ALNUM + "./"
    shapes = (
        ("bcrypt", "$2b$12${}", 53),
        ("apr1", "$apr1$8ya1Kq3z${}", 22),
        ("sha512crypt", "$6$8ya1Kq3zWq1${}", 86),
        ("argon2", "$argon2id$v=19$m=65536,t=3,p=4${}", 43),
    )
    for kind, shape, size in shapes:
        made = mint.some(alphabet, size)
        yield Credential(kind, f"{kind.upper()}_HASH", shape.format(made), (made,), False)


def _weak(mint: Mint) -> Iterator[Credential]:
    for number in range(8):
        secret = mint.weak()
        yield Credential("weak-password", f"DB{number}_PASSWORD", secret, (secret,), False)
    for number, size in enumerate((6, 6, 8, 8)):
        pin = mint.digits(size)
        yield Credential("pin", f"CARD{number}_PIN", pin, (pin,), False)
    phrase = " ".join(mint.word().lower() for _ in range(12))
    yield Credential("mnemonic", "WALLET_PHRASE", phrase, (phrase,), False)
    phrase = "-".join(mint.word().lower() for _ in range(4))
    yield Credential("passphrase", "SSH_PASSPHRASE", phrase, (phrase,), False)
