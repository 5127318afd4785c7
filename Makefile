# Everything a fresh machine needs: Python 3.11 with pip and venv, make and g++. No root.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
MODEL ?= 3B

.PHONY: simulate test test-slow lint docs clean

simulate: $(VENV)/installed          ## set up, then simulate the 3B model
	$(BIN)/hwsim simulate --model $(MODEL)

test: $(VENV)/installed-test lint    ## set up, then lint and run the fast tests
	$(BIN)/python -m pytest -n 2 --dist loadgroup

test-slow: $(VENV)/installed-test    ## the tests that take minutes
	$(BIN)/python -m pytest -m slow

lint: $(VENV)/installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: $(VENV)/installed-docs         ## the documentation as a site in site/, readable offline
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: $(VENV)/bin/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	touch $@

$(VENV)/installed-test: $(VENV)/bin/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[test,docs,exchange,fpga,gowin,board]'
	touch $(VENV)/installed $(VENV)/installed-docs $@

$(VENV)/installed-docs: $(VENV)/bin/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[docs]'
	touch $(VENV)/installed $@

clean:
	rm -rf $(VENV) dist site
