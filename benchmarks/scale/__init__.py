"""How time and memory of each stage grow with the corpus, and what a million songs would cost."""
