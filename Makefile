# make run [PORT=8501]   starts the app           make test    lint, types, tests
# make bench             measures the speed       PYTHON=python3.12 picks another Python
# make bench-live        measures the live view: four minutes in which the machine does nothing else

PYTHON ?= python3
PORT ?= 8501
VENV_PYTHON := .venv/bin/python

.PHONY: run test bench bench-live python

run: python
	@$(PYTHON) dev/setup_venv.py port '$(PORT)'
	@$(PYTHON) dev/setup_venv.py run
	@exec $(VENV_PYTHON) -m streamlit run streamlit_app.py --server.port $(PORT)

test: python
	@$(PYTHON) dev/setup_venv.py test
	$(VENV_PYTHON) -m ruff check .
	$(VENV_PYTHON) -m mypy
	$(VENV_PYTHON) -m pytest

bench: python
	@$(PYTHON) dev/setup_venv.py bench
	$(VENV_PYTHON) -m bench.pipeline --json bench/results/pipeline.json
	$(VENV_PYTHON) -m bench.table

bench-live: python
	@$(PYTHON) dev/setup_venv.py bench
	$(VENV_PYTHON) -m bench.steadiness --json bench/results/steadiness.json
	$(VENV_PYTHON) -m bench.live --streams 1 --seconds 40 --json bench/results/live-1.json
	$(VENV_PYTHON) -m bench.live --streams 1 --seconds 40 --burn 1 --json bench/results/live-1-busy.json
	$(VENV_PYTHON) -m bench.live --streams 4 --seconds 60 --json bench/results/live-4.json
	$(VENV_PYTHON) -m bench.live --streams 4 --seconds 60 --extra --json bench/results/live-5.json
	$(VENV_PYTHON) -m bench.table

python:
	@command -v '$(PYTHON)' >/dev/null || \
		{ echo "No program '$(PYTHON)' was found. Install Python 3.11 or newer from your system's packages or python.org, or name yours: make run PYTHON=python3.12"; exit 1; }
	@'$(PYTHON)' -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "'$(PYTHON)' is not a working Python 3.11 or newer. Install one, or name it: make run PYTHON=python3.12"; exit 1; }
