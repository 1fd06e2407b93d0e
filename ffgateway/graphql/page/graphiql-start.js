// Starts GraphiQL with the key of this tab. The key goes to this server and nowhere else.
"use strict";

const NAME = "ffgateway.key";
const url = new URL(location.pathname, location.href);
const field = document.getElementById("key");
field.value = sessionStorage.getItem(NAME) || "";

document.getElementById("entry").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem(NAME, field.value.trim());
  location.reload(); // reads the schema again, with the new key
});

const authorization = () => `Bearer ${sessionStorage.getItem(NAME) || ""}`;
const socket = new URL(url);
socket.protocol = url.protocol === "https:" ? "wss:" : "ws:";

const fetcher = GraphiQL.createFetcher({
  url: url.href,
  enableIncrementalDelivery: false,
  fetch: (target, request) =>
    fetch(target, { ...request, headers: { ...request.headers, Authorization: authorization() } }),
  wsClient: graphqlWs.createClient({
    url: socket.href,
    connectionParams: () => ({ Authorization: authorization() }),
  }),
});

ReactDOM.createRoot(document.getElementById("graphiql")).render(
  React.createElement(GraphiQL, { fetcher, shouldPersistHeaders: false }),
);
