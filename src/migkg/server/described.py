"""The description of the API (OpenAPI): what the framework says of it, and that each refusal is a problem document."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from migkg.server.negotiate import JSON, PROBLEM

SCHEMA = {"$ref": "#/components/schemas/ProblemModel"}


def install(app: FastAPI) -> None:
    """Let the app say of each answer above 299 that it is a problem document."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            said = plain()
            for operations in said["paths"].values():
                for operation in operations.values():
                    _refusals(operation["responses"])
            for name in ("HTTPValidationError", "ValidationError"):
                said["components"]["schemas"].pop(name, None)
            app.openapi_schema = said
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _refusals(responses: dict[str, Any]) -> None:
    for status, response in responses.items():
        if status >= "300" and JSON in response.get("content", {}):
            response["content"] = {PROBLEM: {"schema": SCHEMA}}
    if "422" in responses:
        responses["422"]["description"] = "A parameter is not of its kind; `errors` lists which."
