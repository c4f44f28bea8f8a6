"""The base of everything that is written in a file by a person: agents, settings, configuration."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast, get_args  # noqa: TID251 - pydantic hands fields on as they are

from pydantic import BaseModel, ConfigDict, Secret, SecretBytes, SecretStr, ValidationError

from executus_core.errors import ConfigError, did_you_mean
from executus_core.record.credentials import without_credentials

if TYPE_CHECKING:
    from collections.abc import Mapping

_SECRET_NAME = re.compile(r"secret|token(?!s)|passw|passphrase|credential|(api|private)_?key", re.IGNORECASE)


class Document(BaseModel):
    """A frozen, strictly named model whose errors are ``ConfigError``: every problem at once, with place and remedy.

    Formats are told by the file's suffix: ``.toml``, ``.yaml``, ``.yml`` and ``.json``.
    """

    # no protected names: ours begin with "model_" too, which pydantic before 2.10 warns of
    model_config: ClassVar[ConfigDict] = ConfigDict(
        frozen=True, extra="forbid", arbitrary_types_allowed=True, protected_namespaces=()
    )

    kind: ClassVar[str] = "document"
    """What to call it in messages."""

    def __init__(self, /, **data: Any) -> None:  # noqa: ANN401 - any field of any model
        """Validate the fields.

        Raises:
            ConfigError: Naming every field that is wrong.
        """
        try:
            super().__init__(**data)
        except ValidationError as error:
            raise _explain(type(self), error, source="") from None

    # Marks it as pydantic's own kind of ``__init__``, which validation goes around: else each nested document would raise
    # for itself, without the place and the source that only the outermost one knows.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined] # pyright: ignore[reportFunctionMemberAccess]

    @classmethod
    def parse(cls, data: Mapping[str, object], *, source: str) -> Self:
        """Validate a mapping that came from somewhere.

        Args:
            data: Field names to values.
            source: Where it came from, for messages: a file's path, "environment", ...

        Raises:
            ConfigError: Naming the source and every field that is wrong.
        """
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            raise _explain(cls, error, source=source) from None

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a TOML, YAML or JSON file.

        Raises:
            ConfigError: With the file, and the line where the format allows, when it is missing, malformed or wrong.
        """
        return cls.parse(read_document(Path(path)), source=str(path))

    def dumps(self, format: str = "toml") -> str:  # noqa: A002 - the contract's word
        """Write it as ``toml``, ``yaml`` or ``json``, leaving out what was never set; ``load`` reads it back equal."""
        data = self.model_dump(mode="json", exclude_unset=True, exclude_none=True)
        if format == "json":
            return json.dumps(data, indent=2, ensure_ascii=False) + "\n"
        if format == "yaml":
            import yaml  # noqa: PLC0415 - only whoever needs it pays for it

            return str(yaml.safe_dump(data, sort_keys=False, allow_unicode=True))
        if format == "toml":
            import tomli_w  # noqa: PLC0415 - only whoever needs it pays for it

            try:
                return tomli_w.dumps(data)
            except TypeError as error:
                raise ConfigError(
                    f"the {self.kind} holds what TOML can't say, such as null; write yaml or json"
                ) from error
        raise ConfigError(
            f"cannot write the format '{format}'.{did_you_mean(format, ('toml', 'yaml', 'json'))}"
        )


def read_document(path: Path) -> dict[str, object]:
    """Read a TOML, YAML or JSON file into a mapping.

    Raises:
        ConfigError: Naming the file, and the line where the format allows.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 text (byte {error.start})") from error
    data = _read_text(text, path)
    if not isinstance(data, dict):
        raise ConfigError(
            f"{path}: the top level is a {type(data).__name__}, not a table of names and values"
        )
    return cast("dict[str, object]", data)


def _read_text(text: str, path: Path) -> object:
    match path.suffix.lower():
        case ".toml":
            try:
                return tomllib.loads(text)
            except tomllib.TOMLDecodeError as error:
                raise ConfigError(f"{path}: not valid TOML: {error}") from error
        case ".json":
            try:
                return json.loads(text)
            except json.JSONDecodeError as error:
                raise ConfigError(f"{path}: not valid JSON: {error}") from error
        case ".yaml" | ".yml":
            import yaml  # noqa: PLC0415 - only whoever needs it pays for it

            try:
                return yaml.safe_load(text)
            except yaml.YAMLError as error:
                raise ConfigError(f"{path}: not valid YAML: {' '.join(str(error).split())}") from error
        case suffix:
            raise ConfigError(f"{path}: cannot read '{suffix}' files; use .toml, .yaml or .json")


def _explain(model: type[Document], error: ValidationError, *, source: str) -> ConfigError:
    problems = [problem for _, problem in describe_problems(model, error)]
    where = f"{source}: " if source else ""
    head = f"{where}{model.kind}: "
    return ConfigError(head + "; ".join(problems), problems=[head + problem for problem in problems])


def describe_problems(model: type[BaseModel], error: ValidationError) -> list[tuple[tuple[str, ...], str]]:
    """Say what is wrong with each field, as its place and a sentence that never shows the value of a secret."""
    details = error.errors(include_url=False, include_context=False)
    return [(tuple(map(str, detail["loc"])), _problem(model, dict(detail))) for detail in details]


def _problem(model: type[BaseModel], detail: dict[str, Any]) -> str:
    place = ".".join(str(part) for part in detail["loc"])
    if detail["type"] == "extra_forbidden":
        parent = _model_at(model, detail["loc"][:-1])
        known = parent.model_fields if parent else ()
        return f"unknown field '{place}'.{did_you_mean(str(detail['loc'][-1]), known)}"
    message = str(detail["msg"]).removeprefix("Value error, ").removeprefix("Assertion failed, ")
    message = message.replace("valid tuple", "valid list")  # no format of a document knows tuples
    if detail["type"] == "missing":
        return f"field '{place}' is missing"
    if not place:
        return message
    if is_secret(model, detail["loc"]):
        return f"field '{place}': {message} (its value is not shown)"
    shown = without_credentials(repr(detail.get("input")))
    return f"field '{place}': {message} (got {shown if len(shown) <= 80 else shown[:77] + '...'})"


def is_secret(model: type[BaseModel], loc: tuple[object, ...]) -> bool:
    """Tell whether a value at a location could show a secret: by the type of its field, or by its name."""
    if any(_SECRET_NAME.search(str(part)) for part in loc):
        return True
    depth = len(loc)
    while depth:
        parent = _model_at(model, loc[: depth - 1])
        found = parent.model_fields.get(str(loc[depth - 1])) if parent else None
        if found:
            return _holds_secret(found.annotation, set())
        depth -= 1
    return False


def _holds_secret(annotation: object, seen: set[object]) -> bool:
    if isinstance(annotation, type):
        if issubclass(annotation, (Secret, SecretStr, SecretBytes)):
            return True
        if issubclass(annotation, BaseModel) and annotation not in seen:
            seen.add(annotation)
            fields = annotation.model_fields.items()
            return any(
                _SECRET_NAME.search(name) or _holds_secret(held.annotation, seen) for name, held in fields
            )
    return any(_holds_secret(argument, seen) for argument in get_args(annotation))


def _model_at(model: type[BaseModel], loc: tuple[object, ...]) -> type[BaseModel] | None:
    """Follow a location through nested models, to list the names that would have been right."""
    current: type[BaseModel] | None = model
    for part in loc:
        if current is None:
            return None
        if isinstance(part, int):
            continue
        found = current.model_fields.get(str(part))
        current = _nested_model(found.annotation) if found else None
    return current


def _nested_model(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in get_args(annotation):
        if nested := _nested_model(argument):
            return nested
    return None
