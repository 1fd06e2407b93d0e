"""What an operation may bring back, and what that costs.

Nodes are the items of lists: a page counts as `first`, a list without pages as `UNPAGED`, and what is
in a list as often as the list is long. An operation costs one, one for each node, and the price of
each field that has to be looked up, as often as it is: a mutation or an appliance that is asked `DEAR`,
the schema `SCHEMA`, everything else one. Once it has run, the same is counted over what came back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_list_type,
)
from strawberry.types.field import StrawberryField

from ffgateway.domain.pages import DEFAULT_LIMIT, MAX_LIMIT

UNPAGED = 5
"""Items that a list without pages counts for."""

DEAR = 10
"""The price of a mutation, of a subscription, and of asking an appliance."""

SCHEMA = 100
"""The price of reading the schema."""

ASKS_APPLIANCES = frozenset({"deviceStatus", "faxContenders", "fleetExport", "fleetPlan"})
"""Roots that do; on `Device` all that is looked up does."""

MOST = 10**12
"""Counts stop here. No limit is near it."""


class Known(NamedTuple):
    """A size: a number, or the name of a variable and what it is without one."""

    number: int
    variable: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A field with fields of its own, and what each time costs. `items` is None unless it is a list."""

    key: str
    price: int
    items: Known | None
    inner: tuple["Step", ...]


@dataclass(slots=True)
class Plan:
    """The steps of one operation, and its counts by the sizes of its pages."""

    steps: tuple[Step, ...]

    def asked(self, variables: Mapping[str, Any]) -> tuple[int, int]:
        """Nodes and cost at most, with these variables."""
        nodes, cost = _Asking(variables).of(self.steps)
        return nodes, 1 + cost

    def had(self, data: Mapping[str, Any] | None) -> int:
        """What it did cost, by what came back."""
        return 1 + (_had(self.steps, data) if data else 0)


@dataclass(slots=True)
class _Asking:
    """Adds up. Steps that several fragments lead to are one object, and are added up once."""

    variables: Mapping[str, Any]
    known: dict[int, tuple[int, int]] = field(default_factory=dict)

    def of(self, steps: tuple[Step, ...]) -> tuple[int, int]:
        found = self.known.get(id(steps))
        if found is not None:
            return found
        nodes = cost = 0
        for step in steps:
            inner_nodes, inner_cost = self.of(step.inner)
            if step.items is None:
                nodes += inner_nodes
                cost += step.price + inner_cost
            else:
                size = self._size(step.items)
                nodes += size * (1 + inner_nodes)
                cost += step.price + size * (1 + inner_cost)
        self.known[id(steps)] = result = (min(nodes, MOST), min(cost, MOST))
        return result

    def _size(self, items: Known) -> int:
        if not items.variable:
            return items.number
        given = self.variables.get(items.variable, items.number)
        # anything else is refused when the variables are read
        return max(0, given) if isinstance(given, int) else MAX_LIMIT


def _had(steps: tuple[Step, ...], data: Mapping[str, Any]) -> int:
    cost = 0
    for step in steps:
        got = data.get(step.key)
        cost += step.price
        if isinstance(got, dict):
            cost += _had(step.inner, got)
        elif isinstance(got, list):
            cost += len(got) + sum(_had(step.inner, one) for one in got if isinstance(one, dict))
    return cost


def plan(schema: GraphQLSchema, document: DocumentNode, operation_name: str | None) -> Plan:
    """Plan a valid document's operation, or its only one."""
    fragments, operations = {}, []
    for one in document.definitions:
        if isinstance(one, FragmentDefinitionNode):
            fragments[one.name.value] = one
        elif isinstance(one, OperationDefinitionNode):
            operations.append(one)
    named = [one for one in operations if one.name and one.name.value == operation_name]
    chosen = (named or operations)[0]
    root = schema.get_root_type(chosen.operation)
    planner = _Planner(schema, fragments, _defaults(chosen))
    return Plan(planner.steps(root, (chosen.selection_set,), None) if root else ())


def _defaults(operation: OperationDefinitionNode) -> dict[str, int]:
    return {
        one.variable.name.value: int(one.default_value.value)
        for one in operation.variable_definitions or ()
        if isinstance(one.default_value, IntValueNode)
    }


@dataclass(slots=True)
class _Planner:
    """Follows the selections through the schema, as the executor will: one step for each response key."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    defaults: Mapping[str, int]
    known: dict[tuple[Any, ...], tuple[Step, ...]] = field(default_factory=dict)

    def steps(
        self, parent: GraphQLObjectType, sets: tuple[SelectionSetNode, ...], page: Known | None
    ) -> tuple[Step, ...]:
        """The steps below a field; `page` is the size of the connection that `parent` is."""
        seen = (parent.name, page, *map(id, sets))
        found = self.known.get(seen)
        if found is None:
            fields: dict[str, list[FieldNode]] = {}
            for one in sets:
                self._collect(one, fields, set())
            made = (self._step(parent, key, nodes, page) for key, nodes in fields.items())
            found = self.known[seen] = tuple(step for step in made if step is not None)
        return found

    def _collect(
        self, selections: SelectionSetNode, fields: dict[str, list[FieldNode]], seen: set[str]
    ) -> None:
        for one in selections.selections:
            if isinstance(one, FieldNode):
                key = one.alias.value if one.alias else one.name.value
                fields.setdefault(key, []).append(one)
            elif isinstance(one, InlineFragmentNode):
                self._collect(one.selection_set, fields, seen)
            elif isinstance(one, FragmentSpreadNode) and one.name.value not in seen:
                seen.add(one.name.value)
                self._collect(self.fragments[one.name.value].selection_set, fields, seen)

    def _step(
        self, parent: GraphQLObjectType, key: str, nodes: list[FieldNode], page: Known | None
    ) -> Step | None:
        name = nodes[0].name.value
        if name in {"__schema", "__type"}:
            return Step(key, SCHEMA, None, ())
        asked = parent.fields.get(name)
        if asked is None:
            return None  # __typename
        price = _price(self.schema, parent, name, asked)
        kind = get_named_type(asked.type)
        if not isinstance(kind, GraphQLObjectType):  # a leaf: there are no interfaces and no unions
            return Step(key, price, None, ()) if price else None
        items = None
        if is_list_type(get_nullable_type(asked.type)):
            items = page or Known(UNPAGED)
        below = tuple(one.selection_set for one in nodes if one.selection_set)
        paged = self._page(nodes[0]) if "pageInfo" in kind.fields else None
        return Step(key, price, items, self.steps(kind, below, paged))

    def _page(self, node: FieldNode) -> Known:
        for given in node.arguments or ():
            if given.name.value in {"first", "last"}:
                if isinstance(given.value, IntValueNode):
                    return Known(max(0, int(given.value.value)))
                if isinstance(given.value, VariableNode):
                    name = given.value.name.value
                    return Known(self.defaults.get(name, DEFAULT_LIMIT), name)
        return Known(DEFAULT_LIMIT)


def _price(schema: GraphQLSchema, parent: GraphQLObjectType, name: str, asked: GraphQLField) -> int:
    """What a look-up costs; what is there already costs nothing."""
    definition = asked.extensions.get("strawberry-definition")
    if not isinstance(definition, StrawberryField) or definition.base_resolver is None:
        return 0
    if parent in {schema.mutation_type, schema.subscription_type} or parent.name == "Device":
        return DEAR
    return DEAR if parent is schema.query_type and name in ASKS_APPLIANCES else 1
