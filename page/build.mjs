// Builds ../phlo_hooks/page/bundle: page.js, page.css, LICENSES.txt and SOURCE_DIGEST, by which a test without node sees
// that the bundle is stale. With --check, compares instead of writing.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build, context } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const bundle = join(here, "..", "phlo_hooks", "page", "bundle");

const shared = {
  absWorkingDir: here,
  bundle: true,
  charset: "ascii",
  define: { "process.env.NODE_ENV": '"production"' },
  format: "iife",
  legalComments: "none",
  logLevel: "warning",
  metafile: true,
  minify: true,
  platform: "browser",
  target: ["chrome111", "firefox115", "safari16.4"],
  write: false,
};

const used = new Set();

// `import source from "./worker.ts?worker"` gives the bundled worker as text, to be started from a blob.
const worker = {
  name: "worker",
  setup(plugins) {
    plugins.onResolve({ filter: /\?worker$/ }, (args) => ({
      path: join(args.resolveDir, args.path.replace(/\?worker$/, "")),
      namespace: "worker",
    }));
    plugins.onLoad({ filter: /.*/, namespace: "worker" }, async (args) => {
      const made = await build({ ...shared, entryPoints: [args.path] });
      noteInputs(made);
      const watchFiles = Object.keys(made.metafile.inputs).map((path) => join(here, path));
      return { contents: made.outputFiles[0].text, loader: "text", watchFiles };
    });
  },
};

const options = {
  ...shared,
  entryPoints: { page: "src/main.tsx", style: "src/styles/page.css" },
  outdir: bundle,
  plugins: [worker],
};

function noteInputs(made) {
  for (const path of Object.keys(made.metafile.inputs)) {
    const found = /^(?:.*\/)?node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path);
    if (found) used.add(found[0]);
  }
}

function licences() {
  const texts = [...used].sort().map((folder) => {
    const about = JSON.parse(readFileSync(join(here, folder, "package.json"), "utf8"));
    const file = readdirSync(join(here, folder)).find((name) => /^licen[cs]e(\.(md|txt))?$/i.test(name));
    if (!file) throw new Error(`${about.name} ${about.version} comes without a licence text: ${folder}`);
    const text = readFileSync(join(here, folder, file), "utf8").replaceAll("\r\n", "\n").trim();
    return `${about.name} ${about.version} (${about.license})\n\n${text}\n`;
  });
  return `page.js and page.css contain these packages.\n\n${texts.join(`\n${"-".repeat(80)}\n\n`)}`;
}

function sourceDigest() {
  const sources = readdirSync(join(here, "src"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(here, join(entry.parentPath, entry.name)).replaceAll("\\", "/"));
  const hash = createHash("sha256");
  for (const path of [...sources, "build.mjs", "package-lock.json", "tsconfig.json"].sort()) {
    hash.update(`${path}\0`).update(readFileSync(join(here, path))).update("\0");
  }
  return `${hash.digest("hex")}\n`;
}

function outputs(made) {
  noteInputs(made);
  const text = (end) => made.outputFiles.find((file) => file.path.endsWith(end)).text;
  const script = text("page.js");
  for (const bad of ["</script", "<!--"]) {
    if (script.toLowerCase().includes(bad)) throw new Error(`page.js holds ${bad}: it could not stand inside the page`);
  }
  if (text("style.css").includes("</style")) throw new Error("page.css holds </style");
  return { "page.js": script, "page.css": text("style.css"), "LICENSES.txt": licences(), SOURCE_DIGEST: sourceDigest() };
}

function differing(files) {
  return Object.entries(files).filter(([name, text]) => {
    try {
      return readFileSync(join(bundle, name), "utf8") !== text;
    } catch {
      return true;
    }
  });
}

function write(made) {
  for (const [name, text] of differing(outputs(made))) {
    writeFileSync(join(bundle, name), text);
    console.log(`wrote ${name}, ${Math.round(text.length / 1024)} KB`);
  }
}

if (process.argv.includes("--watch")) {
  const onEnd = { name: "write", setup: (plugins) => plugins.onEnd((made) => made.outputFiles && write(made)) };
  await (await context({ ...options, plugins: [worker, onEnd] })).watch();
} else if (process.argv.includes("--check")) {
  const stale = differing(outputs(await build(options))).map(([name]) => name);
  if (stale.length > 0) {
    console.error(`phlo_hooks/page/bundle is not what page/ builds (${stale.join(", ")}); run: make page`);
    process.exit(1);
  }
} else {
  write(await build(options));
}
