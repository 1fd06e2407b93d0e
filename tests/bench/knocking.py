"""Comes with wrong keys, one after another, over one connection: python -m tests.bench.knocking PORT TIMES.

A process of its own, so that it keeps nobody from measuring. Says that it is ready, waits for a line, then
says how often it met which status.
"""

import collections
import http.client
import json
import sys


def main() -> None:
    """Knock."""
    port, times = (int(one) for one in sys.argv[1:])
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.connect()
    print("ready", flush=True)
    sys.stdin.readline()
    met = collections.Counter[int]()
    for number in range(times):
        key = {"Authorization": f"Bearer ffgw_wrong-{number}"}
        connection.request("GET", "/v1/devices", headers=key)
        answer = connection.getresponse()
        answer.read()
        met[answer.status] += 1
    print(json.dumps(met))


if __name__ == "__main__":
    main()
