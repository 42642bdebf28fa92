"""API v1; its description is in openapi.json beside this file."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from flask import Blueprint, Response, current_app, jsonify, request

from musiclassify.audio.excerpts import VOTES, Excerpt
from musiclassify.released.effort import EFFORTS, Attention, Effort, effort_of

from .answers import excerpt_answer, hear, song_answer
from .decoding import Decoders, Gate
from .described import described
from .documents import SHORTEST_S, parse, read_excerpts, seconds
from .library import Library, Model
from .problems import ProblemError
from .uploads import Uploads

__all__ = ["api"]

api = Blueprint("api", __name__, url_prefix="/api/v1")


def _library() -> Library:
    return current_app.extensions["library"]


def _vote(value: object) -> str | None:
    if value is None or (isinstance(value, str) and value in VOTES):
        return value
    raise ProblemError("unknown-vote", f"The votes are: {', '.join(VOTES)}.")


def _flag(value: object) -> bool:
    """A wish that is "true" or "false" in a form and a boolean in a document."""
    if value is None or value in ("false", False):
        return False
    if value == "true" or value is True:
        return True
    raise ProblemError("bad-request", "with_embedding must be true or false.")


def _effort(model: Model, value: object) -> Effort:
    if value is None or (isinstance(value, str) and value in EFFORTS):
        return effort_of(model.config, value)
    raise ProblemError("unknown-effort", f"The efforts are: {', '.join(EFFORTS)}.")


@contextlib.contextmanager
def _upload() -> Iterator[Path]:
    """The song that the form carries, as a file without its name that goes when the request does."""
    song = request.files.get("file")
    if song is None:
        raise ProblemError("no-file", "Put the song into the field named file (multipart/form-data).")
    uploads: Uploads = current_app.extensions["uploads"]
    with contextlib.closing(song), uploads.file() as target:
        song.save(target)
        target.flush()
        yield Path(target.name)


def _while_listened_to(excerpts: Iterable[Excerpt]) -> Iterator[Excerpt]:
    """Pass excerpts on until the client has gone (waitress tells); nobody would read the answer."""
    gone = request.environ.get("waitress.client_disconnected", bool)
    for excerpt in excerpts:
        if gone():
            raise ProblemError("gone", "The client has left.")
        yield excerpt


@api.post("/classify")
def classify() -> Response:
    """Classify a song that is sent as a file."""
    if request.mimetype != "multipart/form-data":
        raise ProblemError("unsupported-media-type", "Send the song as multipart/form-data.")
    model = _library().get(request.form.get("model"))
    rule = model.rule(_vote(request.form.get("vote")))
    embedding = _flag(request.form.get("with_embedding"))
    attention = Attention(model.config, _effort(model, request.form.get("effort")), rule.vote)
    decoders: Decoders = current_app.extensions["decoders"]
    with _upload() as path, decoders.open(path, rule, model.config["sample_rate"]) as song:
        excerpts, heard = hear(model, attention, _while_listened_to(song.excerpts()))
    if song.duration_s < model.config["min_duration_s"]:
        raise ProblemError("too-short", f"At least {model.config['min_duration_s']:g} s are needed.")
    if not excerpts:
        raise ProblemError("silent", "The file is silent; choose one with sound in it.")
    answer = song_answer(model, rule, excerpts, song.duration_s, heard, embedding=embedding) | attention.told()
    if not attention.whole:
        answer["skipped_s"] = rule.skipped_s(song.duration_s)
    return jsonify(answer | {"declared_s": song.declared_s, "warning": song.warning})


@api.post("/classify-features")
def classify_features() -> Response:
    """Classify a song by features that the client has computed."""
    if request.mimetype != "application/json":
        raise ProblemError("unsupported-media-type", "Send the features as application/json.")
    limit = current_app.config["MAX_FEATURES_LENGTH"]
    request.max_content_length = limit
    gate: Gate = current_app.extensions["features_gate"]
    with gate.enter():
        document = parse(request.get_data(cache=False))
        name = document.get("model")
        if name is not None and not isinstance(name, str):
            raise ProblemError("unknown-model", f"The models are: {', '.join(_library().names)}.")
        model = _library().get(name)
        rule = model.rule(_vote(document.get("vote")))
        embedding = _flag(document.get("with_embedding"))
        excerpts, heard = [], []
        for part in read_excerpts(document, model):
            rows = model.head(part.features)
            excerpts.append(excerpt_answer(model, part.start_s, part.end_s, rows.mean(axis=0), rows))
            summary = part.features.get("summary") if model.heard else None
            heard.append(None if summary is None else model.heard.of(summary))
        duration = seconds(document, "duration_s", excerpts[-1]["end_s"], least=SHORTEST_S)
        return jsonify(song_answer(model, rule, excerpts, duration, heard, embedding=embedding))


@api.get("/models")
def models() -> Response:
    """List the released models."""
    return jsonify(_library().describe())


@api.get("/openapi.json")
def openapi() -> Response:
    """Give the OpenAPI document, with what the models take that are here."""
    return jsonify(described(_library()))
