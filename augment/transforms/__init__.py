"""What may be done to a copy, one transform a file.

A file defines

- ``RANK``: its place among the others. Numbers are drawn in this order from one generator, so a new transform takes a
  rank behind those that are there, or all recipes change.
- ``LABEL`` and ``UNIT``: words for pictures.
- ``Settings``: ``probability`` and the ranges that its numbers are drawn from (`settings.settings`); they are its
  section of params.yaml, and with the first line of the file its part of the parameter reference.
- ``NOTHING``: the numbers that it adds to a recipe, each with the value at which it does nothing.
- ``draw(settings, draws)``: the numbers of one copy, by `augment.draws.Draws`.
- ``strengths(recipe)``: what a histogram of its strength counts; ``strength(recipe)``: how strong it is, for the
  example that shows it; ``words(recipe)``: what it did, for that example's title.
- one of ``stretch(recipe)``, arguments of `augment.stretch.cut`; ``response(recipe)``, a magnitude response as
  `augment.filters` applies them; ``apply(y, recipe, sample_rate)``, samples to as many samples. They are done in this
  order: all stretches in one pass, all responses in one filter, then the others one after the other.

What is drawn depends on the seed, the track, the segment and the copy alone, and what is done on the recipe alone.
"""

from musiclassify.registry import Registry

TRANSFORMS = Registry(
    __name__,
    "transform",
    needs=("LABEL", "NOTHING", "UNIT", "Settings", "draw", "strength", "strengths", "words"),
)
