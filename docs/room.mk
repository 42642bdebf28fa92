.PHONY: docs docs-serve figures

$(VENV)/.installed-docs: requirements-docs.txt $(VENV)/.installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-docs.txt
	@touch $@

export NO_MKDOCS_2_WARNING = 1
export DISABLE_MKDOCS_2_WARNING = true

docs: $(VENV)/.installed-docs  ## build the documents into site/ (open site/index.html)
	python -m mkdocs build --strict --quiet

docs-serve: $(VENV)/.installed-docs  ## show the documents at http://127.0.0.1:8000 while writing them
	python -m mkdocs serve --strict

figures: setup  ## put the figures that runs wrote into README.md and the documents
	python docs/figures.py
