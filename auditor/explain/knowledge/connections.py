"""Python distributions that open connections, by what decides how they do it."""

from __future__ import annotations

from ..pair import Pair

# They verify certificates against certifi's bundle, or what REQUESTS_CA_BUNDLE names.
REQUESTS = (
    "requests", "huggingface-hub", "datasets", "mlflow", "wandb", "docker", "kubernetes",
    "google-cloud-storage", "google-cloud-bigquery", "azure-core", "twilio", "stripe",
    "requests-oauthlib", "msal", "atlassian-python-api", "pysolr", "sentence-transformers",
)  # fmt: skip
CERTIFI = (
    *REQUESTS, "certifi", "httpx", "httpx2", "botocore", "boto3", "urllib3", "sentry-sdk",
    "elasticsearch", "opensearch-py", "minio", "openai", "anthropic", "pymongo", "grpcio",
)  # fmt: skip
# They connect to other machines over TLS or HTTP.
CLIENTS = (
    *CERTIFI, "aiohttp", "httplib2", "pycurl", "websockets", "tornado", "redis", "aiokafka",
    "confluent-kafka", "psycopg2", "psycopg2-binary", "psycopg", "asyncpg", "pymysql",
    "mysqlclient", "mysql-connector-python", "oracledb", "clickhouse-connect",
    "snowflake-connector-python", "paramiko", "ldap3", "aiosmtplib", "s3fs", "gcsfs", "adlfs",
)  # fmt: skip
GRPC = (
    "grpcio", "google-api-core", "google-cloud-bigquery", "google-cloud-pubsub",
    "google-cloud-spanner", "tensorflow", "tensorflow-serving-api", "tritonclient", "ray",
    "qdrant-client", "pymilvus", "temporalio", "opentelemetry-exporter-otlp-proto-grpc",
)  # fmt: skip
# Servers that listen for connections.
SERVERS = (
    "gunicorn", "uvicorn", "hypercorn", "daphne", "waitress", "uwsgi", "granian", "bjoern",
    "aiohttp", "tornado", "flask", "fastapi", "django", "starlette", "sanic", "bottle",
    "grpcio", "mlflow", "bentoml", "ray", "streamlit", "gradio", "dash", "jupyter-server",
    "notebook", "vllm",
)  # fmt: skip


def clients(pair: Pair) -> list[str]:
    """Paths that show that the program connects to other machines: its distributions, and
    OpenSSL where the process has mapped it."""
    return [*pair.installed(*CLIENTS), *pair.loaded("ssl")]


def servers(pair: Pair) -> list[str]:
    """Paths that show that the program listens for connections."""
    return [
        *pair.installed(*SERVERS),
        *(path for path in ("container.exposed_ports",) if pair.either(path)),
    ]
