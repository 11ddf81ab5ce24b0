# make run [PORT=8501]   starts the app           make test    lint, types, tests
#   ADDRESS=127.0.0.1    keeps it to this machine
# make bench             measures the speed       PYTHON=python3.12 picks another Python
# make bench-live        measures the live view: four minutes in which the machine does nothing else
# make bench-media       measures clips and sends damaged media through the gate: about ten minutes
# make bench-pages       opens every page in a browser: a minute
# make bench-training    measures the trainer: three minutes
# make bench-soak        starts and stops streams, kills tabs, runs an hour: 75 minutes in all

PYTHON ?= python3
PORT ?= 8501
ADDRESS ?=
VENV_PYTHON := .venv/bin/python
# Pools of free memory that glibc keeps, by default eight a core: each thread that once worked on a
# picture would leave one behind, and memory would creep up.
ARENAS := 2

.PHONY: run test bench bench-live bench-media bench-pages bench-training bench-soak python

run: python
	@$(PYTHON) dev/setup_venv.py port '$(PORT)'
	@$(PYTHON) dev/setup_venv.py run
	@$(if $(ADDRESS),,echo "Others in your network can open the page, too; make run ADDRESS=127.0.0.1 keeps it to this machine.")
	@MALLOC_ARENA_MAX=$(ARENAS) exec $(VENV_PYTHON) -m streamlit run streamlit_app.py --server.port $(PORT) $(if $(ADDRESS),--server.address $(ADDRESS))

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

bench-media: python
	@$(PYTHON) dev/setup_venv.py bench
	$(VENV_PYTHON) -m bench.video --json bench/results/video.json
	$(VENV_PYTHON) -m bench.fuzz_media --count 100000 --videos 20000 --json bench/results/fuzz_media.json
	$(VENV_PYTHON) -m bench.shots --json bench/results/shots.json
	$(VENV_PYTHON) -m bench.table

bench-pages: python
	@$(PYTHON) dev/setup_venv.py test
	$(VENV_PYTHON) -m bench.pages --json bench/results/pages.json

bench-training: python
	@$(PYTHON) dev/setup_venv.py bench
	$(VENV_PYTHON) -m bench.training --json bench/results/training.json
	$(VENV_PYTHON) -m bench.table

bench-soak: export MALLOC_ARENA_MAX := $(ARENAS)
bench-soak: python
	@$(PYTHON) dev/setup_venv.py test
	$(VENV_PYTHON) -m bench.soak --cycles 200 --json bench/results/soak-cycles.json
	$(VENV_PYTHON) -m bench.soak --tabs 50 --json bench/results/soak-tabs.json
	$(VENV_PYTHON) -m bench.soak --minutes 60 --json bench/results/soak-hour.json

python:
	@command -v '$(PYTHON)' >/dev/null || \
		{ echo "No program '$(PYTHON)' was found. Install Python 3.11 or newer from your system's packages or python.org, or name yours: make run PYTHON=python3.12"; exit 1; }
	@'$(PYTHON)' -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "'$(PYTHON)' is not a working Python 3.11 or newer. Install one, or name it: make run PYTHON=python3.12"; exit 1; }
