.PHONY: notebook

notebook: setup  ## open the guided visit (notebooks/musiclassify.ipynb)
	python -m jupyter lab notebooks/musiclassify.ipynb
