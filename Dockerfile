# One image for every service of ours: `hackgo …`; the indexer is `hackgo-index …`.
# What is installed is what requirements.lock names, by its hash, as run.py does it. Nothing is fetched at run time.
FROM python:3.12.11-slim-bookworm AS installed
WORKDIR /opt/hackgo
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
COPY requirements.lock ./
RUN /opt/venv/bin/pip install --no-input --require-hashes --only-binary :all: --requirement requirements.lock
COPY . ./
RUN /opt/venv/bin/pip install --no-input --no-index --no-deps --no-build-isolation --editable /opt/hackgo

FROM python:3.12.11-slim-bookworm
# 1000 is also the user of the OpenSearch image: both read the certificates.
RUN useradd --uid 1000 --home-dir /tmp --no-create-home hackgo \
    && install --directory --owner 1000 --group 1000 --mode 0700 /var/lib/hackgo /certificates
COPY --from=installed /opt /opt
ENV PATH=/opt/venv/bin:$PATH \
    HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1 \
    HACKGO_STATE_DIR=/var/lib/hackgo \
    HACKGO_LOG_FORMAT=json \
    HACKGO_HOST=0.0.0.0 \
    HACKGO_API_URL=http://127.0.0.1:8080
USER 1000:1000
WORKDIR /tmp
VOLUME /var/lib/hackgo
EXPOSE 8080
# Ready or degraded; not ready is unhealthy. The web server's: other services replace or disable it.
HEALTHCHECK --interval=10s --timeout=20s --start-period=60s --retries=3 CMD ["hackgo", "ready"]
ENTRYPOINT ["hackgo"]
CMD ["serve"]
