"""The kinds of model, a folder each: everything that one kind knows, and nothing that another needs.

``models/kinds/<kind>/__init__.py`` says ``MODEL = …``, a class of `models.base.Model`. `dvc.yaml` trains a kind anew
when its own folder changes, and not when another's does.
"""
