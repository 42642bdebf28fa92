.PHONY: notebook

$(VENV)/.installed-notebook: requirements-notebook.txt $(VENV)/.installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-notebook.txt
	@touch $@

notebook: $(VENV)/.installed-notebook  ## open the guided visit (notebooks/musiclassify.ipynb)
	python -m jupyter lab notebooks/musiclassify.ipynb
