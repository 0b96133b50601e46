# nnlite: `make demo` and `make test` are all you need; each sets up what it lacks.
#
#   make demo          train the book's Fashion-MNIST classifier (ARGS="--epochs 5")
#   make test          run the whole test suite (ARGS="-k dense")
#   make fuzz          load many more broken files than the tests do (FILES=20000)
#   make bench         measure nnlite beside other libraries (ARGS="--jobs fashion wide")
#   make docs          build the documentation in build/docs, its scripts executed
#   make lint          ruff and mypy
#   make sanitize      test the kernels under AddressSanitizer and UndefinedBehaviorSanitizer
#   make boundscheck   run the test suite on kernels that check every index
#   make build         sdist and wheel in dist/
#   make clean         remove what was built; `rm -rf .venv` removes the environment too
#
# PYTHON=/path/to/python chooses the interpreter; otherwise the first Python >= 3.11 is taken.

VENV := .venv
BIN := $(VENV)/bin
LOG := $(VENV)/install.log
INSTALL := $(BIN)/python -m pip --disable-pip-version-check install --verbose --editable

CANDIDATES := $(or $(PYTHON),python3 python3.14 python3.13 python3.12 python3.11)

# What an installation is made from.
SOURCES := setup.py pyproject.toml $(wildcard $(addprefix nnlite/_kernels/*.,pyx pxd c h))

# Two processes share the tests, file by file: what a file prepares is prepared once. ARGS="-n 0"
# gives them to one, as a debugger needs it.
SHARED := -n 2 --dist loadfile --no-loadscope-reorder

# What installs kernels that watch themselves into build/NAME/site, beside those in nnlite/.
CHECKED = NNLITE_REQUIRE_COMPILED=1 NNLITE_CHECKED=$(1) $(BIN)/python -m pip \
	--disable-pip-version-check install --quiet --no-deps --upgrade --target build/$(1)/site .

# Runs the tests on them: found there, not here, and with standard error open for a last report.
TEST_CHECKED = PYTHONSAFEPATH=1 PYTHONPATH=build/$(1)/site $(BIN)/python -m pytest --capture=sys

# The sanitizers: Python itself never frees what lives as long as the process, so leaks are no news;
# and with its own allocator they could not tell where one object ends and the next begins.
WATCHED = LD_PRELOAD=$$($(CC) -print-file-name=libasan.so) PYTHONMALLOC=malloc \
	ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1

# How many broken files each test of them tries.
FILES := 20000

.PHONY: demo test fuzz bench docs lint sanitize boundscheck build clean
.DELETE_ON_ERROR:

demo: $(VENV)/.installed
	@$(BIN)/nnlite demo $(ARGS)

test: $(VENV)/.installed-test
	@$(BIN)/python -m pytest $(SHARED) $(ARGS)

fuzz: $(VENV)/.installed-test
	@NNLITE_FUZZ_EXAMPLES=$(FILES) $(BIN)/python -m pytest tests/saving/test_fuzz.py $(ARGS)

bench: $(VENV)/.installed-test
	@$(BIN)/nnlite bench $(ARGS)

docs: $(VENV)/.installed-test
	@$(BIN)/python -m sphinx -W --keep-going -n -q -j auto -d build/docs-cache docs build/docs $(ARGS)
	@echo "Open build/docs/index.html"

lint: $(VENV)/.installed-test
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

sanitize: $(VENV)/.installed-test
	@echo "Building the kernels with the sanitizers"
	@CC=$(CC) $(call CHECKED,sanitize)
	@for width in avx512 avx2 plain; do \
	    echo "The kernels' tests with NNLITE_SIMD=$$width"; \
	    NNLITE_SIMD=$$width $(WATCHED) $(call TEST_CHECKED,sanitize) tests/_kernels $(ARGS) || exit 1; \
	done

boundscheck: $(VENV)/.installed-test
	@$(call CHECKED,boundscheck)
	@$(call TEST_CHECKED,boundscheck) $(SHARED) $(ARGS)

build: $(VENV)/.installed-test
	@$(BIN)/python -m build

clean:
	@echo "Removing what was built"
	@rm -rf build dist docs/generated *.egg-info .pytest_cache .hypothesis .mypy_cache .ruff_cache
	@rm -f nnlite/_kernels/*.so nnlite/_kernels/*.pyd
	@rm -f $(VENV)/.installed $(VENV)/.installed-test
	@find . -path ./$(VENV) -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

# The demo runs without a C compiler too, on the numpy kernels, and shows why.
$(VENV)/.installed: $(VENV)/.created $(SOURCES)
	@echo "Installing nnlite and building its kernels (the first time takes a minute or two)"
	@$(INSTALL) . >$(LOG) 2>&1 || { tail -n 60 $(LOG) >&2; exit 1; }
	@sed -n '/installed WITHOUT/,/install nnlite again/p' $(LOG)
	@$(BIN)/nnlite info
	@touch $@

# The tests compare both kinds of kernels, so here a missing compiler is an error.
$(VENV)/.installed-test: $(VENV)/.created $(SOURCES)
	@echo "Installing nnlite and its test tools (the first time takes a minute or two)"
	@NNLITE_REQUIRE_COMPILED=1 $(INSTALL) ".[test]" >$(LOG) 2>&1 || { tail -n 60 $(LOG) >&2; exit 1; }
	@$(BIN)/nnlite info
	@touch $@ $(VENV)/.installed

$(VENV)/.created:
	@for python in $(CANDIDATES); do \
	    if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	        echo "Making a virtual environment in $(VENV) with $$("$$python" --version)"; \
	        "$$python" -m venv $(VENV) && touch $@ && exit 0; \
	        echo "'$$python -m venv' failed; on Debian and Ubuntu: apt install python3-venv" >&2; \
	        exit 1; \
	    fi; \
	done; \
	echo "nnlite needs Python >= 3.11; tried: $(CANDIDATES)." >&2; \
	echo "Install one, or name one: make PYTHON=/path/to/python3.12 ..." >&2; \
	exit 1
