"""Whether the gateway lives, can work, and how it fares."""

from collections.abc import Iterable, Mapping

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from starlette.responses import Response

from ffgateway.services.gateway import Gateway


class Snapshot(Collector):
    """One look at the database and the loops, in the form of metrics."""

    def __init__(self, counts: Mapping[str, Mapping[str, int]], falls: Mapping[str, int]) -> None:
        self._counts = counts
        self._falls = falls

    def collect(self) -> Iterable[Metric]:
        """The metrics, each with its one label."""
        faxes = GaugeMetricFamily("ffgateway_faxes", "Faxes by status.", labels=["status"])
        for status, number in sorted(self._counts["faxes"].items()):
            faxes.add_metric([status], number)
        failures = GaugeMetricFamily(
            "ffgateway_failures",
            "Failed faxes by code; unclassified ones want a rule.",
            labels=["code"],
        )
        for code, number in sorted({"unclassified": 0, **self._counts["failures"]}.items()):
            failures.add_metric([code], number)
        deliveries = GaugeMetricFamily(
            "ffgateway_deliveries", "Webhook deliveries by state.", labels=["state"]
        )
        for state, number in sorted(self._counts["deliveries"].items()):
            deliveries.add_metric([state], number)
        falls = CounterMetricFamily(
            "ffgateway_worker_falls", "How often a loop fell over.", labels=["worker"]
        )
        for worker, number in sorted(self._falls.items()):
            falls.add_metric([worker], number)
        return [faxes, failures, deliveries, falls]


async def metrics(gateway: Gateway) -> Response:
    """The metrics in Prometheus' text form."""
    registry = CollectorRegistry()
    registry.register(Snapshot(await gateway.history.counts(), gateway.workers()))
    ProcessCollector(registry=registry)
    return Response(generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})
