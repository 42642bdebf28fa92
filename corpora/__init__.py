"""Where labelled clips come from: GTZAN, a folder of one's own, or the embedded demo corpus.

Each corpus offers ``find(folder)``, a table of the clips below a folder; `corpora.check` decodes every clip
and says which can be used; `corpora.split` gives each track its side. Nothing here knows params.yaml or DVC.
"""

from corpora.tracks import CorpusError

__all__ = ["CorpusError"]
