# The agent beside what can run it (a debug container, which takes Python) or copy it (an init container, for which
# --build-arg BASE=busybox:1.37 is enough): docs/deploy/README.md
ARG BASE=python:3.12-slim
FROM ${BASE}
COPY --from=registry.example.com/envaudit-agent:0.1.0 /envaudit.pyz /opt/
