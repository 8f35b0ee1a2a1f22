# An image for CI with the Pulumi CLI, the pack and its command line: docs/packaging.md.
ARG PULUMI_VERSION=3.259.0
ARG PYTHON_VERSION=3.12

FROM python:${PYTHON_VERSION}-slim AS wheel
WORKDIR /source
COPY . .
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /dist .

# Pulumi's own image without an SDK: the CLI and its language hosts.
FROM pulumi/pulumi-base:${PULUMI_VERSION} AS pulumi

FROM python:${PYTHON_VERSION}-slim
COPY --from=pulumi /pulumi/bin/ /pulumi/bin/
COPY --from=wheel /dist /tmp/dist
COPY requirements.lock /tmp/requirements.lock
# First what is pinned with hashes, then the pack, whose command line adds some packages.
RUN pip install --no-cache-dir --require-hashes --requirement /tmp/requirements.lock \
    && pip install --no-cache-dir "$(echo /tmp/dist/*.whl)[cli]" \
    && rm -r /tmp/dist /tmp/requirements.lock \
    && useradd --create-home pulumi
ENV PATH=/pulumi/bin:$PATH
USER pulumi
WORKDIR /work
CMD ["policypack", "--help"]
