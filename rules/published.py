"""The JSON Schema of rules, published for editors: every word of each kind, and the short forms that people write.

One value may stand where a list is meant, and a part that has but one word of its own may be written as that word.
"""

from typing import Annotated, Any, Union

from pydantic import Field, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from rules.book import MODELS


class _Short(GenerateJsonSchema):
    """Allows what the models turn into their full form before they check it."""

    def function_before_schema(self, schema: core_schema.BeforeValidatorFunctionSchema) -> JsonSchemaValue:
        """A list, or the one that stands for it."""
        full = super().function_before_schema(schema)
        return {"anyOf": [full, full["items"]]} if "items" in full else full

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        """A part, or its one word where it reads one."""
        full = super().model_schema(schema)
        return {"anyOf": [full, {"type": "string"}]} if schema["schema"]["type"] == "function-before" else full


def schema() -> dict[str, Any]:
    """Of one rule: one of the kinds, told apart by `kind`."""
    some: Any = Union[tuple(MODELS.values())]  # noqa: UP007 (made of a table)
    either: TypeAdapter[Any] = TypeAdapter(Annotated[some, Field(discriminator="kind")])
    return either.json_schema(schema_generator=_Short)


def file_schema() -> dict[str, Any]:
    """Of a file of rules: a mapping with the list `rules`."""
    one = schema()
    parts = one.pop("$defs")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Rules of Orderscope", "type": "object",
        "properties": {"rules": {"type": "array", "items": one}}, "required": ["rules"], "additionalProperties": False,
        "$defs": parts,
    }  # fmt: skip
