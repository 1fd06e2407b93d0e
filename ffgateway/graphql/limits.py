"""How large an operation may be, judged by its text alone: tokens, depth, aliases, root fields, directives.

Fragments count where they are spread, so that none hides anything; each is measured once, however
often it is spread. Introspection has a limit of its own in the library (`MaxIntrospectionDepthRule`)
and no depth here, or no tool could read the schema.
"""

from dataclasses import dataclass

from graphql import (
    ASTValidationRule,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    SelectionSetNode,
    ValidationContext,
)

DEEPEST = 100
"""Levels that are looked at when depth is not limited."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What an operation may have at most; 0 is no limit. `nodes` is judged by `costs`."""

    tokens: int = 1000
    depth: int = 10
    aliases: int = 15
    root_fields: int = 20
    directives: int = 50
    nodes: int = 10_000
    introspection: bool = True

    def rules(self) -> tuple[type[ASTValidationRule], ...]:
        """The rules that hold these limits: classes, which are made here and so once for each use."""
        shape = _shape_rule(self)
        return (shape,) if self.introspection else (shape, NoSchemaIntrospectionCustomRule)


@dataclass(slots=True)
class _Size:
    depth: int = 0
    aliases: int = 0
    fields: int = 0  # beside each other, not below
    directives: int = 0


class _Survey:
    """Measures the selections of one document."""

    def __init__(self, document: DocumentNode, deepest: int) -> None:
        self._deepest = deepest
        self._fragments = {
            one.name.value: one
            for one in document.definitions
            if isinstance(one, FragmentDefinitionNode)
        }
        self._known: dict[str, _Size] = {}
        self._open: set[str] = set()

    def of(self, selections: SelectionSetNode, level: int = 1) -> _Size:
        """Measure what is selected; `level` counts the fields on the way here."""
        size = _Size()
        for one in selections.selections:
            size.directives += len(one.directives or ())
            if isinstance(one, FragmentSpreadNode):
                self._add(size, self._fragment(one.name.value, level))
            elif isinstance(one, FieldNode):
                size.fields += 1
                size.aliases += one.alias is not None
                self._field(size, one, level)
            elif isinstance(one, InlineFragmentNode):
                self._add(size, self.of(one.selection_set, level))
        return size

    def _field(self, size: _Size, field: FieldNode, level: int) -> None:
        if field.name.value.startswith("__"):
            return
        size.depth = max(size.depth, 1)
        if field.selection_set is not None and level <= self._deepest:
            below = self.of(field.selection_set, level + 1)
            size.depth = max(size.depth, below.depth + 1)
            size.aliases += below.aliases
            size.directives += below.directives

    def _fragment(self, name: str, level: int) -> _Size:
        fragment = self._fragments.get(name)
        if fragment is None or name in self._open:
            return _Size()  # another rule says what is wrong with it
        known = self._known.get(name)
        if known is None:
            self._open.add(name)
            known = self.of(fragment.selection_set, level)
            known.directives += len(fragment.directives or ())
            self._open.discard(name)
            self._known[name] = known
        return known

    @staticmethod
    def _add(size: _Size, more: _Size) -> None:
        size.depth = max(size.depth, more.depth)
        size.aliases += more.aliases
        size.fields += more.fields
        size.directives += more.directives


def _shape_rule(limits: Limits) -> type[ASTValidationRule]:
    class Shape(ASTValidationRule):
        """Compares each operation with the limits, before anything else looks at it."""

        def __init__(self, context: ValidationContext) -> None:
            super().__init__(context)
            survey = _Survey(context.document, limits.depth or DEEPEST)
            for one in context.document.definitions:
                if isinstance(one, OperationDefinitionNode):
                    size = survey.of(one.selection_set)
                    size.directives += len(one.directives or ())
                    for flaw in _flaws(size, limits):
                        context.report_error(GraphQLError(flaw, [one]))

    return Shape


def _flaws(size: _Size, limits: Limits) -> list[str]:
    judged = (
        ("levels deep", size.depth, limits.depth),
        ("aliases", size.aliases, limits.aliases),
        ("root fields", size.fields, limits.root_fields),
        ("directives", size.directives, limits.directives),
    )
    return [
        f"The operation is too large: {found} {name}, and {most} are allowed."
        for name, found, most in judged
        if most and found > most
    ]
