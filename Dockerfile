# docker build -t namesync .
# docker run --rm -v "$PWD:/project" -e PROD_DATABASE_URL -e DATABASE_URL namesync diff prod dev
ARG PYTHON=3.13

FROM python:${PYTHON}-slim AS build
# The job's scheduler, notifications and metrics are in the image; leave them out with --build-arg EXTRAS=
ARG EXTRAS=[job]
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY namesync ./namesync
# What the demo's links lead to.
COPY fixtures/guide ./fixtures/guide
RUN python -m venv /opt/namesync && /opt/namesync/bin/pip install --no-cache-dir --quiet ".${EXTRAS}"

FROM python:${PYTHON}-slim
COPY --from=build /opt/namesync /opt/namesync
ENV PATH=/opt/namesync/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1
# By number, so that Kubernetes can see that it is not root.
USER 10001:10001
WORKDIR /project
ENTRYPOINT ["namesync"]
CMD ["--help"]
