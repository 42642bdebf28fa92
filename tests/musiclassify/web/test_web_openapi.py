"""The OpenAPI document is true: schemathesis asks the server what it says it takes, and worse."""

from __future__ import annotations

import copy
import io

import pytest
from drawn import draw
from toy_model import tone_for

from musiclassify.web import create_app
from musiclassify.web.app import close
from musiclassify.web.described import describe

schemathesis = pytest.importorskip("schemathesis", reason="no schemathesis: pip install .[dev]")
from hypothesis import HealthCheck, given, settings  # noqa: E402
from schemathesis import GenerationMode  # noqa: E402
from schemathesis.specs.openapi.checks import positive_data_acceptance  # noqa: E402

# Here the document without models is asked, which leaves open how many numbers a model takes: a valid form may get 422.
# That of a server does not leave it open, and is too large for schemathesis to draw from: see the drawn forms below.
EXCLUDED = [positive_data_acceptance]
OPERATIONS = [(path, method) for path, methods in describe()["paths"].items() for method in methods]


@pytest.fixture(scope="module")
def api_schema(toy_models, tmp_path_factory):
    uploads = tmp_path_factory.mktemp("uploads")
    app = create_app({"MODELS": toy_models, "UPLOADS": uploads, "DECODERS": 2})
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    general = schemathesis.openapi.from_dict(copy.deepcopy(describe()))
    general.app, general.location = schema.app, schema.location
    yield general
    close(app)
    assert list(uploads.iterdir()) == []


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda mode: mode.value)
@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_the_api_keeps_what_the_document_promises(api_schema, path, method, mode):
    operation = api_schema[path][method]
    if mode is GenerationMode.NEGATIVE and method == "get":
        pytest.skip("takes nothing that could be wrong")

    @settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case):
        case.call_and_validate(excluded_checks=EXCLUDED)

    ask()


DRAWN = 60


def forms_of(path: str, kind: str, document: dict) -> dict:
    return document["paths"][path]["post"]["requestBody"]["content"][kind]["schema"]


def refused(client, document: dict, rng, *, cases: int) -> list[str]:
    """Forms of features that the document takes and the server does not."""
    schema = forms_of("/api/v1/classify-features", "application/json", document)
    found = []
    for _ in range(cases):
        case = draw(schema, document, rng)
        answer = client.post("/api/v1/classify-features", json=case)
        if answer.status_code != 200:
            found.append(f"{answer.get_json()}: {str(case)[:200]}")
    return found


def test_what_the_document_takes_is_answered(client, rng):
    document = client.get("/api/v1/openapi.json").get_json()
    assert refused(client, document, rng, cases=DRAWN) == []


def test_what_a_released_model_takes_stands_in_the_document(rng, tmp_path):
    app = create_app({"UPLOADS": tmp_path})
    try:
        client = app.test_client()
        document = client.get("/api/v1/openapi.json").get_json()
        assert refused(client, document, rng, cases=20) == []
    finally:
        close(app)


def test_every_form_with_a_song_is_answered(client, rng, wav_bytes):
    song = wav_bytes(tone_for("jazz", 6))
    document = client.get("/api/v1/openapi.json").get_json()
    schema = forms_of("/api/v1/classify", "multipart/form-data", document)
    fields = schema | {"properties": {k: v for k, v in schema["properties"].items() if k != "file"}, "required": []}
    for _ in range(20):
        form = {name: value for name, value in draw(fields, document, rng).items() if isinstance(value, str)}
        answer = client.post("/api/v1/classify", data=form | {"file": (io.BytesIO(song), "song.wav")})
        assert answer.status_code == 200, (form, answer.get_json())


CHANGES = (
    lambda excerpt: excerpt.update(start_s=-1),
    lambda excerpt: excerpt.update(start_s="0"),
    lambda excerpt: excerpt.update(start_s=None),
    lambda excerpt: excerpt.update(duration_s=0),
    lambda excerpt: excerpt.update(duration_s=2e6),
    lambda excerpt: excerpt.update(end_s=-1),
    lambda excerpt: excerpt.pop("mfcc"),
    lambda excerpt: excerpt.update(mfcc=[]),
    lambda excerpt: excerpt["mfcc"].pop(),
    lambda excerpt: excerpt["mfcc"][0].pop(),
    lambda excerpt: excerpt["mfcc"][0].__setitem__(3, "1"),
    lambda excerpt: excerpt["mfcc"][0].__setitem__(3, 1e9),
)


@pytest.mark.parametrize("change", CHANGES)
def test_what_the_server_refuses_its_document_refuses(client, change):
    """The other way about: one change makes a good form a bad one, for both."""
    jsonschema = pytest.importorskip("jsonschema", reason="no jsonschema: pip install .[dev]")
    document = client.get("/api/v1/openapi.json").get_json()
    schema = {"components": document["components"]} | forms_of(
        "/api/v1/classify-features", "application/json", document
    )
    judge = jsonschema.Draft202012Validator(schema)
    excerpt = {"start_s": 0, "duration_s": 5, "mfcc": [[0.0] * 40 for _ in range(216)]}
    form = {"excerpts": [excerpt]}
    assert client.post("/api/v1/classify-features", json=form).status_code == 200
    assert judge.is_valid(form)
    change(excerpt)
    assert client.post("/api/v1/classify-features", json=form).status_code == 422
    assert not judge.is_valid(form)


def test_every_problem_is_documented():
    from musiclassify.web.problems import PROBLEMS

    for path in ("/api/v1/classify", "/api/v1/classify-features"):
        documented = set(describe()["paths"][path]["post"]["responses"])
        assert {str(status) for status, _ in PROBLEMS.values()} - {"404", "405", "499", "500"} <= documented


def test_the_document_names_the_models_that_are_here(client):
    schemas = client.get("/api/v1/openapi.json").get_json()["components"]["schemas"]
    listed = client.get("/api/v1/models").get_json()["models"]
    assert schemas["ModelName"]["enum"] == [model["name"] for model in listed]
    assert "enum" not in describe()["components"]["schemas"]["ModelName"], "the document in memory stays as it is"
