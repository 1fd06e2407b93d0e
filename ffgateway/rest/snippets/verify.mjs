// A receiver in Node.js 18 or newer, without a package. `body` is the request's bytes as they came (a Buffer).
import { createHmac, createPublicKey, timingSafeEqual, verify as verifySignature } from "node:crypto";

const TOLERANCE = 5 * 60; // seconds

// `keys` are whsec_… secrets or whpk_… public keys; `headers` have names in lower case.
export function verify(body, headers, keys, now = Date.now() / 1000) {
  const id = headers["webhook-id"], timestamp = headers["webhook-timestamp"];
  const signatures = headers["webhook-signature"];
  if (!id || !signatures || !/^[0-9]{1,12}$/.test(timestamp ?? "")) throw new Error("not a delivery");
  if (Math.abs(now - Number(timestamp)) > TOLERANCE) throw new Error("too old, or from the future");
  const message = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), body]);
  const genuine = signatures.split(" ").some((entry) => {
    const [version, signature] = entry.split(",");
    return keys.some((key) => signedBy(key, version, Buffer.from(signature ?? "", "base64"), message));
  });
  if (!genuine) throw new Error("not signed with a known key");
  return JSON.parse(body.toString("utf8"));
}

function signedBy(key, version, signature, message) {
  if (version === "v1" && key.startsWith("whsec_")) {
    const expected = createHmac("sha256", Buffer.from(key.slice(6), "base64")).update(message).digest();
    return signature.length === expected.length && timingSafeEqual(signature, expected);
  }
  if (version === "v1a" && key.startsWith("whpk_")) {
    const raw = Buffer.from(key.slice(5), "base64");
    const der = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), raw]);
    return verifySignature(null, message, createPublicKey({ key: der, format: "der", type: "spki" }), signature);
  }
  return false;
}
