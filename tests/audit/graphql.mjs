// Every audit of graphql-http against one gateway: URL and key in the environment. Anything but "ok" fails.
import { serverAudits } from "graphql-http";

const { AUDIT_URL: url, AUDIT_KEY: key } = process.env;
const fetchFn = (target, options = {}) =>
  fetch(target, { ...options, headers: { ...options.headers, Authorization: `Bearer ${key}` } });

const audits = serverAudits({ url, fetchFn });
const results = await Promise.all(audits.map(({ fn }) => fn()));
const wrong = results.filter(({ status }) => status !== "ok");
for (const { id, name, status, reason } of wrong) console.log(`${status} ${id} ${name}: ${reason}`);
console.log(`GraphQL over HTTP: ${results.length - wrong.length} of ${results.length} audits ok`);
process.exit(wrong.length || results.length < 61 ? 1 : 0);
