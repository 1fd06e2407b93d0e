// A delivery a line in, tab-separated (secret, id, timestamp, signature, body in base64); true or false out.
import { createInterface } from "node:readline";
import { Webhook } from "standardwebhooks";

for await (const line of createInterface({ input: process.stdin })) {
  const [secret, id, timestamp, signature, body] = line.split("\t");
  const headers = { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature };
  let genuine = true;
  try {
    new Webhook(secret).verify(Buffer.from(body, "base64"), headers);
  } catch {
    genuine = false;
  }
  console.log(genuine);
}
