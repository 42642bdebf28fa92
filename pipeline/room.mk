# The studies beside the pipeline. Options of a study go into ARGS: make leak-price ARGS="--kinds svm,xgb --repeats 5".

ARGS ?=
.PHONY: leak-price ablation robustness importance

leak-price: setup  ## the same models under splits that leak and splits that do not
	dvc repro prepare
	python -m pipeline leak-price $(ARGS)

ablation: setup  ## what each part of the recipe gives, on the validation side
	dvc repro split
	python -m pipeline ablation $(ARGS)

robustness: setup  ## accuracy of the trained models on changed sound
	dvc repro blend
	python -m pipeline robustness $(ARGS)

importance: setup  ## what the trained models listen to
	dvc repro blend
	python -m pipeline importance $(ARGS)
