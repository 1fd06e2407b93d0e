// The plain page: posts an operation, shows what comes back, follows subscriptions as
// server-sent events. The key stays in this tab and goes to this server alone.
"use strict";

const NAME = "ffgateway.key";
const part = (id) => document.getElementById(id);
let running = null;

part("key").value = sessionStorage.getItem(NAME) || "";
part("key").addEventListener("change", () => sessionStorage.setItem(NAME, part("key").value.trim()));
part("stop").addEventListener("click", () => running && running.abort());
part("entry").addEventListener("submit", (event) => {
  event.preventDefault();
  run();
});

function show(value) {
  part("result").textContent = typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

// Calls `next` with the data of each event of a text/event-stream body.
async function read(body, next) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const blocks = (rest + value).replaceAll("\r\n", "\n").split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const lines = block.split("\n");
      const data = lines.filter((line) => line.startsWith("data:")).map((line) => line.slice(5).trim());
      if (lines.includes("event: next") && data.length) next(JSON.parse(data.join("\n")));
    }
  }
}

async function run() {
  if (running) running.abort();
  const mine = (running = new AbortController());
  part("stop").disabled = false;
  part("state").textContent = "Running …";
  show("");
  try {
    const query = part("query").value;
    const follow = /^\s*subscription\b/m.test(query);
    const response = await fetch(location.pathname, {
      method: "POST",
      signal: mine.signal,
      headers: {
        "Content-Type": "application/json",
        Accept: follow ? "text/event-stream" : "application/json",
        Authorization: `Bearer ${part("key").value.trim()}`,
      },
      body: JSON.stringify({ query, variables: JSON.parse(part("variables").value || "{}") }),
    });
    if ((response.headers.get("Content-Type") || "").startsWith("text/event-stream")) {
      part("state").textContent = "Following …";
      const seen = [];
      await read(response.body, (result) => {
        seen.unshift(result); // the newest first
        seen.length = Math.min(seen.length, 100);
        show(seen);
      });
    } else {
      show(await response.json());
    }
    part("state").textContent = `Done (${response.status})`;
  } catch (error) {
    part("state").textContent = error.name === "AbortError" ? "Stopped" : String(error);
  } finally {
    if (running === mine) {
      running = null;
      part("stop").disabled = true;
    }
  }
}
