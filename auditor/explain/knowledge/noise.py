"""Names of variables that tell where, when and from what something runs, not what it does.

Orchestrators, build pipelines and monitoring inject them; they differ between any two
deployments and hardly ever change a result. `compare` gives low weight to fewer of them: a
name too many costs a hint here, and there a gate that lets something pass.
"""

from __future__ import annotations

from ...compare.globs import matches

_NOISE = (
    # orchestrators and services
    "KUBERNETES_* POD_* NODE_NAME NODE_IP NAMESPACE HOST_IP HOSTNAME HOST_NAME *_SERVICE_HOST "
    "*_SERVICE_PORT* *_PORT_*_TCP* *_PORT_*_UDP* *_PORT_*_PROTO NOMAD_* ECS_* AWS_EXECUTION_ENV "
    "AWS_LAMBDA_LOG_* K_SERVICE K_REVISION K_CONFIGURATION DYNO SLURM_JOB* SLURM_NODE* "
    "CONTAINER_NAME CONTAINER_ID *_CONTAINER_ID INSTANCE_* *_INSTANCE_ID REPLICA_* SERVICE_NAME "
    "DEPLOYMENT_* CLUSTER_NAME ISTIO_* ENVOY_* container "
    # builds and releases
    "BUILD_* *_BUILD *_BUILD_* GIT_* *_GIT_* COMMIT* *_COMMIT *_COMMIT_* *_SHA *_SHA256 *_REVISION "
    "RELEASE* *_RELEASE IMAGE_* *_IMAGE *_IMAGE_TAG APP_VERSION SERVICE_VERSION CI CI_* GITHUB_* "
    "GITLAB_* JENKINS_* BUILDKITE* CIRCLE* TRAVIS* DRONE_* RUNNER_* SOURCE_VERSION VCS_* "
    # monitoring
    "DD_* DATADOG_* NEW_RELIC_* OTEL_* SENTRY_RELEASE ELASTIC_APM_* TRACE_ID *_TRACE_ID "
    "CORRELATION_ID REQUEST_ID *_UUID PROMETHEUS_* "
    # shells and installers
    "_ PWD OLDPWD SHLVL SHELL USER LOGNAME MAIL PS1 PS2 LS_COLORS LESS* PAGER EDITOR VISUAL "
    "SSH_* XDG_SESSION_* DEBIAN_FRONTEND GPG_KEY PIP_* UV_* POETRY_* PYTHON_VERSION PYTHON_PIP_* "
    "PYTHON_SHA256 PYTHON_SETUPTOOLS_VERSION PYTHON_GET_PIP_* NV_* CUDA_VERSION CUDNN_VERSION "
    "NCCL_VERSION NVIDIA_REQUIRE_* NVIDIA_PRODUCT_NAME TERM COLORTERM TERM_PROGRAM* "
    "PYENV_* NVM_* RUST* CARGO_* GOPATH NODE_VERSION YARN_VERSION IS_SANDBOX TOX_* VIRTUAL_ENV_* "
    "HISTFILE HISTSIZE INVOCATION_ID JOURNAL_STREAM MEMORY_PRESSURE_*"
).split()


def is_noise(variable: str) -> bool:
    return any(matches(variable, glob) for glob in _NOISE)
