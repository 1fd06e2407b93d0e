// Copies what the GraphiQL page loads from node_modules into ffgateway/graphql/assets,
// byte for byte, with the licences of everything that may be bundled in it.
//
// Run by `make assets` after `npm ci`. Nothing it writes is committed: the folder is
// ignored by git and packed into the wheel and the image.

import { copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = dirname(fileURLToPath(import.meta.url));
const MODULES = join(HERE, "node_modules");
const ASSETS = join(HERE, "..", "assets");

const FILES = [
  "graphiql/graphiql.min.js",
  "graphiql/graphiql.min.css",
  "graphql-ws/umd/graphql-ws.min.js",
  "react/umd/react.production.min.js",
  "react-dom/umd/react-dom.production.min.js",
];

async function packages(folder) {
  const found = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isDirectory() || entry.name.startsWith(".")) continue;
    const path = join(folder, entry.name);
    if (entry.name.startsWith("@")) {
      found.push(...(await packages(path)));
      continue;
    }
    found.push(path);
    const names = await readdir(path);
    if (names.includes("node_modules")) found.push(...(await packages(join(path, "node_modules"))));
  }
  return found;
}

async function licence(path) {
  const about = JSON.parse(await readFile(join(path, "package.json"), "utf8"));
  const names = (await readdir(path)).filter((name) => /^(licen[cs]e|copying|notice)/i.test(name));
  const texts = await Promise.all(names.sort().map((name) => readFile(join(path, name), "utf8")));
  const body = texts.join("\n").trim() || "(the package carries no licence file)";
  return `${about.name} ${about.version} (${about.license})\n\n${body}\n`;
}

await rm(ASSETS, { recursive: true, force: true });
await mkdir(ASSETS, { recursive: true });
for (const file of FILES) {
  await copyFile(join(MODULES, file), join(ASSETS, file.split("/").at(-1)));
}
const licences = await Promise.all((await packages(MODULES)).sort().map(licence));
await writeFile(join(ASSETS, "LICENSES.txt"), licences.join(`\n${"-".repeat(80)}\n\n`));
console.log(`${FILES.length} files and ${licences.length} licences in ffgateway/graphql/assets`);
