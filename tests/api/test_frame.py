"""What every address of the API has in common: errors, strict input, limits of size, ETags, the schema."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client, override_settings
from drf_spectacular.generators import SchemaGenerator

from freehold.api.chapters import CHAPTERS

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.api.sample")]


@pytest.fixture
def api() -> Client:
    return Client(raise_request_exception=False)


def post(api: Client, path: str, body: Any, **headers: str) -> Any:
    return api.post(path, body, content_type="application/json", headers=headers)


def only_error(response: Any) -> dict[str, Any]:
    body = response.json()
    assert set(body) == {"type", "errors"}
    assert len(body["errors"]) == 1
    assert {"code", "detail", "attr"} <= set(body["errors"][0])
    item: dict[str, Any] = body["errors"][0]
    return item


def test_a_conflict_carries_its_reasons_beside_code_and_detail(api: Client) -> None:
    response = api.get("/api/sample/conflict/")
    assert response.status_code == 409
    assert response.json() == {
        "type": "conflict",
        "errors": [{"code": "unavailable", "detail": "Taken.", "attr": None, "reasons": [{"code": "booked"}]}],
    }


def test_a_rule_of_the_domain_is_bad_input(api: Client) -> None:
    response = api.get("/api/sample/money/")
    assert response.status_code == 400
    assert only_error(response)["code"] == "unknown_currency"


def test_something_that_is_down_says_when_to_come_back(api: Client) -> None:
    response = api.get("/api/sample/unavailable/")
    assert (response.status_code, response["Retry-After"]) == (503, "7")
    assert only_error(response)["code"] == "temporarily_unavailable"


def test_a_statement_that_takes_too_long_is_503_with_retry_after(api: Client) -> None:
    response = api.get("/api/sample/statement_timeout/")
    assert (response.status_code, response["Retry-After"]) == (503, "1")


def test_a_fault_of_ours_gives_a_reference_and_no_details(api: Client) -> None:
    response = api.get("/api/sample/bug/")
    assert response.status_code == 500
    assert "hunter2" not in response.content.decode()
    item = only_error(response)
    assert item["reference"] in item["detail"]


@pytest.mark.parametrize("path", ["/api/v1/nowhere/", "/api/", "/api/v1/listings/../x"])
def test_an_unknown_address_below_api_answers_in_json(api: Client, path: str) -> None:
    response = api.get(path)
    assert response.status_code == 404
    assert only_error(response)["code"] == "not_found"


def test_a_view_without_a_permission_is_closed(api: Client) -> None:
    assert api.get("/api/sample/closed/").status_code == 401


def test_methods_media_types_and_broken_json_are_refused_in_the_same_shape(api: Client) -> None:
    assert only_error(api.put("/api/sample/echo/"))["code"] == "method_not_allowed"
    assert only_error(api.post("/api/sample/echo/", "a=b", content_type="text/csv"))["code"] == "unsupported_media_type"
    for body in ["{", '{"number": NaN}', '{"name": "\\ud800"}', '{"number": 1e999}', "[" * 5000]:
        response = api.post("/api/sample/echo/", body, content_type="application/json")
        assert (response.status_code, only_error(response)["code"]) == (400, "parse_error"), body


def test_a_body_over_one_megabyte_is_refused(api: Client) -> None:
    response = post(api, "/api/sample/echo/", {"name": "x" * 1_100_000})
    assert (response.status_code, only_error(response)["code"]) == (413, "body_too_large")


@override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=2_000_000)
def test_a_body_over_one_megabyte_is_refused_with_an_idempotency_key_too(api: Client) -> None:
    for size in (1_100_000, 2_100_000):
        response = post(api, "/api/sample/counting/", {"name": "x" * size}, **{"Idempotency-Key": "k"})
        assert (response.status_code, only_error(response)["code"]) == (413, "body_too_large")


def test_a_bad_host_header_answers_in_json(api: Client) -> None:
    response = api.get("/api/v1/nowhere/", headers={"Host": "evil.example"})
    assert response.status_code == 400
    assert only_error(response)["code"] in {"bad_request", "not_found"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("number", value) for value in ["1_0", "١٢", "1.0", 2.0, True, 0, 51, 10**30, "", " 1", "+1", None, [], {}]),
        *(("share", value) for value in ["1_0", "NaN", "Infinity", "1e5", 0.5, "100.01", "-1", "0.001", "٣", [], True]),
        *(("day", value) for value in ["2026-1-5", "2026-02-30", "0001-01-01", "9999-12-31", "٢٠٢٦-01-01", 20260101]),
        *(("moment", value) for value in ["2026-01-01", "2026-01-01T10:00:00", "2026-13-01T10:00:00Z", "now", 5]),
        *(("name", value) for value in ["12345678901", "a\x00b", "a\x1bb", 5, True, ["a"], ""]),
        *(
            ("price", value)
            for value in [
                "5.00",
                {"amount": 5, "currency": "USD"},
                {"amount": "5.001", "currency": "USD"},
                {"amount": "5", "currency": "JPYX"},
                {"amount": "1e3", "currency": "USD"},
                {"amount": "5.00", "currency": ["USD"]},
                {"amount": "5.00", "currency": "USD", "more": 1},
            ]
        ),
    ],
)
def test_what_is_not_plainly_right_is_refused(api: Client, field: str, value: Any) -> None:
    response = post(api, "/api/sample/echo/", {field: value})
    assert response.status_code == 400, response.content
    assert response.json()["type"] == "validation_error"
    assert only_error(response)["attr"] == field


def test_right_values_come_back_in_their_plain_form(api: Client) -> None:
    body = {
        "number": "12",
        "share": "12.50",
        "day": "2028-02-29",
        "moment": "2026-01-01T10:00:00+02:00",
        "name": " Ann ",
        "price": {"amount": "540.00", "currency": "USD"},
    }
    answer = post(api, "/api/sample/echo/", body).json()
    assert answer == {**body, "number": 12, "name": "Ann", "moment": "2026-01-01T08:00:00Z"}


def test_unknown_and_repeated_keys_are_refused(api: Client) -> None:
    assert only_error(post(api, "/api/sample/echo/", {"price_minor": 5}))["attr"] == "price_minor"
    assert only_error(api.get("/api/sample/echo/?numbr=5"))["code"] == "unknown_field"
    assert only_error(api.get("/api/sample/echo/?number=5&number=6"))["code"] == "repeated"
    assert api.get("/api/sample/echo/?number=5").json() == {"number": 5}


def test_a_body_that_is_no_object_is_bad_input(api: Client) -> None:
    for body in ("[]", "5", "null", '"x"'):
        assert api.post("/api/sample/echo/", body, content_type="application/json").status_code == 400


def test_an_unchanged_answer_is_304(api: Client) -> None:
    first = api.get("/api/sample/echo/?number=5")
    assert api.get("/api/sample/echo/?number=5", headers={"If-None-Match": first["ETag"]}).status_code == 304
    assert api.get("/api/sample/echo/?number=6", headers={"If-None-Match": first["ETag"]}).status_code == 200
    assert "private" in first["Cache-Control"]


def test_every_operation_is_described_without_a_guess(tmp_path: Path) -> None:
    # The real addresses, not the sample ones of these tests.
    options = {"urlconf": "freehold.config.urls", "file": str(tmp_path / "schema.yaml")}
    call_command("spectacular", validate=True, fail_on_warn=True, **options)


def test_the_schema_is_openapi_3_1_and_its_pages_obey_the_content_policy(api: Client) -> None:
    schema = api.get("/api/schema/", headers={"Accept": "application/vnd.oai.openapi+json"})
    assert schema.status_code == 200
    assert schema.json()["openapi"] == "3.1.0"
    for address in ("/api/docs/", "/api/schema/swagger-ui/", "/api/schema/redoc/"):
        answer = api.get(address)
        page = answer.content.decode()
        assert "<script>" not in page
        assert "<style>" not in page
        assert "cdn" not in page
        assert "https://" not in page
        assert "script-src 'self'" in answer["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("application/json, */*", "application/json"),
        ("application/yaml", "application/yaml"),
        ("application/vnd.oai.openapi", "application/vnd.oai.openapi"),
        ("application/vnd.oai.openapi+json", "application/vnd.oai.openapi+json"),
    ],
)
def test_the_schema_is_json_unless_yaml_is_asked_for(
    api: Client, accept: str | None, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SchemaGenerator, "get_schema", lambda self, request, public: {"openapi": "3.1.0"})
    answer = api.get("/api/schema/", headers={"Accept": accept} if accept else {})
    assert answer["Content-Type"].partition(";")[0] == kind


def test_every_operation_is_in_a_chapter_of_the_reference() -> None:
    schema = SchemaGenerator(urlconf="freehold.config.urls").get_schema(request=None, public=True)
    chapters = [chapter["name"] for chapter in CHAPTERS]
    assert [tag["name"] for tag in schema["tags"]] == chapters
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            assert operation["tags"], f"{method} {path}"
            assert set(operation["tags"]) <= set(chapters), f"{method} {path}: {operation['tags']}"
