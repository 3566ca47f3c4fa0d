# The console with its locked dependencies, static files collected, run by a user without rights.
FROM python:3.13-slim AS build
WORKDIR /opt/prism
RUN python -m venv .venv
COPY requirements/run.txt requirements/run.txt
RUN .venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements/run.txt
COPY . .
RUN .venv/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation --editable . \
    && PRISM_VAR_DIR=/tmp/build .venv/bin/prism manage collectstatic --noinput --verbosity 0

FROM python:3.13-slim
RUN useradd --system --no-create-home prism && install --directory --owner=prism --mode=700 /var/lib/prism
COPY --from=build /opt/prism /opt/prism
WORKDIR /opt/prism
ENV PATH=/opt/prism/.venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    PRISM_VAR_DIR=/var/lib/prism PRISM_BIND=:: PORT=8000
USER prism
VOLUME /var/lib/prism
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/health', timeout=4)"]
CMD ["prism", "up"]
