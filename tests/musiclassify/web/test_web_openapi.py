"""The OpenAPI document is true: schemathesis asks the server what it says it takes, and worse."""

from __future__ import annotations

import pytest

from musiclassify.web import create_app
from musiclassify.web.api import describe
from musiclassify.web.app import close

schemathesis = pytest.importorskip("schemathesis", reason="no schemathesis: pip install .[dev]")
from hypothesis import HealthCheck, given, settings  # noqa: E402
from schemathesis import GenerationMode  # noqa: E402
from schemathesis.specs.openapi.checks import positive_data_acceptance  # noqa: E402

# What is a song, and which numbers are features, no schema can say: a valid form may get 422.
EXCLUDED = [positive_data_acceptance]
OPERATIONS = [(path, method) for path, methods in describe()["paths"].items() for method in methods]


@pytest.fixture(scope="module")
def api_schema(toy_models, tmp_path_factory):
    uploads = tmp_path_factory.mktemp("uploads")
    app = create_app({"MODELS": toy_models, "UPLOADS": uploads, "DECODERS": 2})
    yield schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
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
