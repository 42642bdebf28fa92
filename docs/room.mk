.PHONY: docs docs-serve figures page-pictures hears

export NO_MKDOCS_2_WARNING = 1
export DISABLE_MKDOCS_2_WARNING = true

docs: setup  ## build the documents into site/ (open site/index.html)
	python -m mkdocs build --strict --quiet

docs-serve: setup  ## show the documents at http://127.0.0.1:8000 while writing them
	python -m mkdocs serve --strict

figures: setup  ## put the figures that runs wrote into README.md and the documents
	python docs/figures.py

page-pictures: setup  ## take the pictures of the page again (needs Chromium)
	python docs/page.py

hears: setup  ## make the sounds and pictures of the page "How it hears" again
	python docs/hears.py
