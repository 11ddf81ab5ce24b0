# The app in a container: no compiler, no tests, no training data, and no right to change itself.
FROM python:3.12-slim-bookworm AS packages
COPY requirements.txt constraints.txt /
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check -r /requirements.txt

FROM python:3.12-slim-bookworm
RUN useradd --uid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin fer
COPY --from=packages /opt/venv /opt/venv
WORKDIR /app
COPY . .
# Byte code is written now, because the root file system is read-only later.
RUN /opt/venv/bin/python -m compileall -q fer_core ui pages streamlit_app.py
# MALLOC_ARENA_MAX: see the Makefile.
ENV PATH=/opt/venv/bin:$PATH \
    HOME=/tmp \
    MALLOC_ARENA_MAX=2 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    TF_CPP_MIN_LOG_LEVEL=3
USER 10001:10001
EXPOSE 8501
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]
CMD ["python", "-m", "streamlit", "run", "streamlit_app.py", "--server.address", "0.0.0.0", "--server.port", "8501"]
