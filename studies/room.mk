# The studies beside the pipeline. Options of a study go into ARGS: make leak-price ARGS="--kinds svm,xgb --repeats 5".

ARGS ?=
.PHONY: crossvalidate leak-price ablation robustness importance

crossvalidate: setup  ## score every model on five folds that keep artists apart
	dvc repro prepare
	python -m studies crossvalidate $(ARGS)

leak-price: setup  ## the same models under splits that leak and splits that do not
	dvc repro prepare
	python -m studies leak-price $(ARGS)

ablation: setup  ## what each part of the recipe gives, on the validation side
	dvc repro split
	python -m studies ablation $(ARGS)

robustness: setup  ## accuracy of the trained models on changed sound
	dvc repro blend
	python -m studies robustness $(ARGS)

importance: setup  ## what the trained models listen to
	dvc repro blend
	python -m studies importance $(ARGS)
