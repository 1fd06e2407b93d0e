# The gateway and its simulator, in one image:
#
#   docker build -t ffgateway:0.1.0 .
#   docker run --read-only --tmpfs /tmp -v ffgateway:/data -p 8080:8080 \
#       -e FFGATEWAY_SECRET_KEY=… -e FFGATEWAY_BOOTSTRAP_KEY=… ffgateway:0.1.0
#   docker run -p 9102:9102 ffgateway:0.1.0 simulate --model FF440 --host 0.0.0.0 --port 9102

ARG PYTHON_IMAGE=python:3.13-slim-bookworm
ARG NODE_IMAGE=node:22-bookworm-slim

# --- GraphiQL's files, which the repository does not carry -----------------------------------
FROM ${NODE_IMAGE} AS graphiql
WORKDIR /src/ffgateway/graphql/graphiql
COPY ffgateway/graphql/graphiql/.npmrc ffgateway/graphql/graphiql/package.json \
     ffgateway/graphql/graphiql/package-lock.json ffgateway/graphql/graphiql/collect.mjs ./
RUN npm ci --no-progress && npm run --silent assets

# --- The environment the gateway runs in -----------------------------------------------------
FROM ${PYTHON_IMAGE} AS built
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
# What changes least comes first, so that a change of our code installs nothing anew.
COPY constraints.txt constraints-build.txt ./
RUN python -m venv /opt/ffgateway \
    && /opt/ffgateway/bin/pip install --no-deps --require-hashes -r constraints.txt \
    && python -m venv /opt/build \
    && /opt/build/bin/pip install --no-deps --require-hashes -r constraints-build.txt
COPY pyproject.toml README.md LICENSE ./
COPY migrations ./migrations
COPY ffgateway ./ffgateway
COPY --from=graphiql /src/ffgateway/graphql/assets ./ffgateway/graphql/assets
# No build isolation: the back end is the one constraints-build.txt pins, not the newest.
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /opt/wheel . \
    && /opt/ffgateway/bin/pip install --no-deps --no-index /opt/wheel/*.whl \
    && /opt/ffgateway/bin/pip check \
    && /opt/ffgateway/bin/pip uninstall --yes pip

# --- What is shipped -------------------------------------------------------------------------
FROM ${PYTHON_IMAGE}
LABEL org.opencontainers.image.title="ffgateway" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=built /opt/ffgateway /opt/ffgateway
# A number, not a name: Kubernetes checks runAsNonRoot without reading the image's passwd.
RUN install -d -o 10001 -g 10001 -m 0700 /data
ENV PATH=/opt/ffgateway/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    FFGATEWAY_HOST=0.0.0.0 \
    FFGATEWAY_PORT=8080 \
    FFGATEWAY_LOG_FORMAT=json \
    FFGATEWAY_DATABASE_URL=sqlite+aiosqlite:////data/ffgateway.db \
    FFGATEWAY_SPOOL_DIR=/data/spool
WORKDIR /data
VOLUME /data
USER 10001:10001
EXPOSE 8080
# For plain Docker; Kubernetes ignores it and asks /livez and /readyz itself.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD \
    ["python", "-c", "import os, urllib.request as get; get.urlopen(f'http://127.0.0.1:{os.environ[\"FFGATEWAY_PORT\"]}/livez', timeout=4)"]
ENTRYPOINT ["ffgateway"]
CMD ["serve"]
