# The web page: `make web` serves it with its API, `make static` writes musiclassify/web/dist, the page with nothing behind it.

.PHONY: web static

PORT ?= 5000

musiclassify/web/node_modules/.package-lock.json: musiclassify/web/package.json musiclassify/web/package-lock.json musiclassify/web/.npmrc
	cd musiclassify/web && npm ci --ignore-scripts --no-progress
	@touch $@

web: setup musiclassify/web/node_modules/.package-lock.json  ## serve the page and the API at http://127.0.0.1:5000
	musiclassify web --port $(PORT)

static: setup musiclassify/web/node_modules/.package-lock.json  ## write musiclassify/web/dist, the page for any host of files
	python -m musiclassify.web.build
