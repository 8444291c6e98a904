// Builds the browser's files from npm packages and frontend/ into the ui app's static folder.
// The result is committed: whoever runs Freehold needs no Node.
import { execFileSync, spawn } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, context } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const out = join(root, "src/freehold/web/ui/static/ui");
const modules = join(root, "node_modules");
const watch = process.argv.includes("--watch");

/** Kilobytes after gzip that a file may weigh; the build fails above it. */
const budgets = { "app.css": 20, "app.js": 40, "dates.js": 15 };

const scripts = {
  entryPoints: {
    app: join(root, "frontend/js/app.js"),
    map: join(root, "frontend/js/map.js"),
    dates: join(root, "frontend/js/dates.js"),
    "map-worker": join(modules, "maplibre-gl/dist/maplibre-gl-worker.mjs"),
  },
  outdir: out,
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2022"],
  legalComments: "none",
  logLevel: "warning",
};

/** `name` or `name:lucide-name`, one per line: only these icons ship. */
function sprite() {
  const symbols = readFileSync(join(root, "frontend/icons.txt"), "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => {
      const [name, source = name.replace(/-filled$/, "")] = line.split(":");
      const svg = readFileSync(join(modules, "lucide-static/icons", `${source}.svg`), "utf8");
      const body = svg
        .replace(/<!--.*?-->/gs, "")
        .replace(/<svg[^>]*>|<\/svg>/gs, "")
        .replace(/\s+/g, " ")
        .replace(/> </g, "><")
        .trim();
      const fill = name.endsWith("-filled") ? "currentColor" : "none";
      return `<symbol id="${name}" viewBox="0 0 24 24" fill="${fill}" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round">${body}</symbol>`;
    });
  const head = '<svg xmlns="http://www.w3.org/2000/svg">';
  writeFileSync(join(out, "icons.svg"), `${head}\n${symbols.join("\n")}\n</svg>\n`);
}

function fonts() {
  for (const subset of ["latin", "latin-ext"])
    cpSync(
      join(modules, `@fontsource-variable/inter/files/inter-${subset}-opsz-normal.woff2`),
      join(out, `inter-${subset}.woff2`),
    );
}

/** The licences of what is copied into static/: the packages ask that they travel along. */
function licences() {
  const packages = ["htmx.org", "maplibre-gl", "cally", "lucide-static", "@fontsource-variable/inter", "tailwindcss"];
  const parts = packages.map((name) => {
    const { version, license } = JSON.parse(readFileSync(join(modules, name, "package.json"), "utf8"));
    const file = ["LICENSE", "LICENSE.txt", "LICENSE.md"].map((f) => join(modules, name, f)).find((f) => {
      try {
        return readFileSync(f);
      } catch {
        return false;
      }
    });
    return `${name} ${version} (${license})\n\n${file ? readFileSync(file, "utf8").trim() : ""}\n`;
  });
  writeFileSync(join(out, "LICENSES.txt"), parts.join(`\n${"-".repeat(78)}\n\n`));
}

const tailwind = [join(modules, ".bin/tailwindcss"), "-i", "frontend/css/app.css", "-o", join(out, "app.css"), "--minify"];

mkdirSync(out, { recursive: true });
sprite();
fonts();
licences();

if (watch) {
  await (await context(scripts)).watch();
  spawn(tailwind[0], [...tailwind.slice(1), "--watch=always"], { cwd: root, stdio: "inherit" });
} else {
  await build(scripts);
  execFileSync(tailwind[0], tailwind.slice(1), { cwd: root, stdio: ["ignore", "inherit", "pipe"] });
  let heavy = false;
  for (const name of ["app.css", "app.js", "dates.js", "map.js", "map-worker.js", "icons.svg"]) {
    const size = gzipSync(readFileSync(join(out, name)), { level: 9 }).length / 1024;
    const over = budgets[name] && size > budgets[name];
    heavy ||= over;
    console.log(`${name.padEnd(15)}${size.toFixed(1).padStart(7)} kB gz${over ? `  over its ${budgets[name]} kB` : ""}`);
  }
  if (heavy) process.exit(1);
}
