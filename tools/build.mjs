// node tools/build.mjs [FOLDER]
// Bundles each process of the program into one file in dist/ or FOLDER, so that it starts without a loader; where
// `flags` stand, with a file beside it of what V8 makes of that (tools/starter.cjs).
// Every file is renamed into place, and .stamp comes last: several builds at once do no harm,
// and a program that is starting sees the old file or the new one.
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = resolve(process.argv[2] ?? join(root, 'dist'));

/** Those of bin/holdfast. */
const mainFlags = [
  ...['--max-semi-space-size=2', '--single-threaded-gc', '--no-flush-bytecode'],
  ...['--heap-growing-percent=50', '--expose-gc', '--v8-pool-size=1', '--no-use-osr'],
];

/** What a daemon needs of Node when it is spoken to, if at all. */
const mainLate = [
  ...['tls', 'crypto', 'readline', 'module', 'v8', 'fs/promises', 'worker_threads', 'perf_hooks'],
];

/**
 * CommonJS: measured, it starts 14 ms sooner than the same bundle as an ES module. `flags`: what Node is
 * started with; V8 takes what it has compiled only where they are the same (test/bundles.test.ts). `plain`:
 * literals that are spread into others are written out, so that V8 does not make each object a shape of its own.
 * `ahead`: what runs before the bundle is loaded, and may choose another one. `late`: modules of Node that are
 * loaded when they are first used.
 */
const processes = [
  {
    source: 'src/cli/daemon/main.ts',
    output: 'daemon.cjs',
    flags: mainFlags,
    late: mainLate,
  },
  {
    source: 'src/main.ts',
    output: 'holdfast.cjs',
    flags: mainFlags,
    ahead: 'src/cli/ahead/main.ts',
    late: mainLate,
  },
  { source: 'src/daemon/control-child/main.ts', output: 'control.cjs' },
  {
    source: 'src/daemon/checker-child/main.ts',
    output: 'checker.cjs',
    flags: [
      ...['--max-semi-space-size=8', '--initial-old-space-size=64', '--single-threaded-gc'],
      '--v8-pool-size=1',
    ],
    late: ['tls', 'net', 'stream', 'crypto', 'worker_threads', 'child_process', 'module'],
  },
  { source: 'src/daemon/mail-child/main.ts', output: 'mail.cjs' },
  {
    source: 'src/daemon/proxy/main.ts',
    output: 'proxy.cjs',
    flags: [
      ...['--max-semi-space-size=16', '--min-semi-space-size=4'],
      '--no-allocation-site-pretenuring',
    ],
    plain: true,
  },
  { source: 'src/daemon/kubernetes/main.ts', output: 'kubernetes.cjs' },
  { source: 'src/cli/plan/main.ts', output: 'plan.cjs' },
  { source: 'src/cli/simulate/main.ts', output: 'simulate.cjs' },
  { source: 'src/cli/container/main.ts', output: 'container.cjs' },
  { source: 'src/cli/doctor/main.ts', output: 'doctor.cjs' },
  { source: 'src/linux/watchdog-child.ts', output: 'watchdog.cjs' },
  { source: 'src/lab/agent.ts', output: 'lab-agent.cjs', optional: true },
];

// Runs before anything else, and is written so that old versions understand it.
const versionCheck = `
(function () {
  var version = process.versions.node.split('.').map(Number);
  if (version[0] < 20 || (version[0] === 20 && version[1] < 19)) {
    process.stderr.write('holdfast: needs Node 20.19 or later, this is ' + process.version + '\\n');
    process.exit(1);
  }
})();
`.trim();
const metaUrl = "var importMetaUrl = require('node:url').pathToFileURL(__filename).href;";

async function exists(file) {
  return (await stat(file).catch(() => undefined)) !== undefined;
}

function readCommit() {
  try {
    const options = { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] };
    return execFileSync('git', ['rev-parse', '--short=12', 'HEAD'], options).trim();
  } catch {
    return '';
  }
}

/**
 * A function as Node makes one of every CommonJS file, behind what tells this bundle from others. ASCII, of
 * which V8 keeps one byte a character; esbuild leaves others in comments alone.
 */
function wrapped(bundle) {
  const text = bundle.replaceAll(/^\s*(?:\/\/|\/?\*).*$/gm, (comment) =>
    comment.replaceAll(/[^\0-\x7f]/g, '?'),
  );
  const wide = /^.*[^\0-\x7f].*$/m.exec(text);
  if (wide !== null) throw new Error(`not ASCII: ${wide[0]}`);
  const id = createHash('sha256').update(text).digest('hex');
  return `/*${id}*/(function (exports, require, module, __filename, __dirname) { ${text}\n})`;
}

/** On the same lines, for the source map. Where a class extends one of them, it is loaded right there. */
function loadingLate(bundle, modules) {
  const declared = new RegExp(
    `^var (import_\\w+) = require\\("node:(${modules.join('|')})"\\);$`,
    'gm',
  );
  const names = [...bundle.matchAll(declared)].map(([, name]) => name);
  return names.reduce(
    (text, name) => text.replaceAll(new RegExp(`\\b${name}\\.`, 'g'), `(${name}()).`),
    bundle.replaceAll(declared, 'var $1_, $1 = () => $1_ ??= require("node:$2");'),
  );
}

/** Small, and compiled each time: a function of its own, of which `ahead` has what it exports. */
async function bundleAhead(esbuild, source) {
  const { outputFiles } = await esbuild.build({
    absWorkingDir: root,
    entryPoints: [source],
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node20',
    minifySyntax: true,
    minifyWhitespace: true,
    format: 'iife',
    globalName: 'ahead',
    logLevel: 'warning',
    banner: { js: `{${metaUrl}` },
    footer: { js: '}' },
    define: { 'import.meta.url': 'importMetaUrl' },
  });
  return outputFiles[0].text;
}

async function build() {
  const esbuild = await import('esbuild').catch(() => {
    throw new Error('esbuild is not installed; run `npm ci` first');
  });
  await mkdir(dist, { recursive: true });
  // Not the process id: in namespaces and containers that share the folder it is no name of its own.
  const suffix = `${randomBytes(6).toString('hex')}.tmp`;
  const stamp = join(dist, `.stamp.${suffix}`);
  const leftovers = [stamp];
  try {
    // Made before the sources are read: what changes from here on is newer than the stamp. Its time
    // is set back a little, as files carry the time of the kernel's last tick.
    await writeFile(stamp, '');
    const started = new Date((await stat(stamp)).mtimeMs - 20);
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    const finished = [];
    /** Under a name for the time being, until all are there. */
    const write = async (path, contents) => {
      const temporary = `${path}.${suffix}`;
      leftovers.push(temporary);
      await writeFile(temporary, contents);
      finished.push([temporary, path]);
      return temporary;
    };
    const starter = await readFile(join(root, 'tools', 'starter.cjs'), 'utf8');
    for (const { source, output, flags, plain, optional, ahead, late } of processes) {
      if (optional && !(await exists(join(root, source)))) continue;
      const result = await esbuild.build({
        absWorkingDir: root,
        entryPoints: [source],
        outfile: join(dist, output),
        bundle: true,
        write: false,
        platform: 'node',
        target: 'node20',
        minifySyntax: plain === true,
        format: 'cjs',
        alias: { koffi: join(root, 'tools', 'koffi.cjs') },
        sourcemap: 'linked',
        sourcesContent: false,
        logLevel: 'warning',
        banner: { js: flags === undefined ? `${versionCheck}\n${metaUrl}` : metaUrl },
        define: {
          'import.meta.url': 'importMetaUrl',
          'import.meta.dirname': '__dirname',
          'import.meta.filename': '__filename',
          HOLDFAST_VERSION: JSON.stringify(version),
          HOLDFAST_COMMIT: JSON.stringify(readCommit()),
        },
      });
      for (const file of result.outputFiles) {
        if (flags === undefined || file.path.endsWith('.map')) {
          await write(file.path, file.contents);
          continue;
        }
        const name = file.path.slice(0, -'.cjs'.length);
        const bundle = await write(`${name}.js`, wrapped(loadingLate(file.text, late ?? [])));
        const compiled = await write(`${name}.v8`, '');
        const tool = join(root, 'tools', 'compile.cjs');
        // Without a seed V8 makes something else each time; it is none of the flags that must be the same.
        const args = [...flags, '--random-seed=1', tool, bundle, compiled];
        execFileSync(process.execPath, args, { stdio: 'inherit' });
        const before = ahead === undefined ? '' : await bundleAhead(esbuild, ahead);
        await write(file.path, `${versionCheck}\n${before}${starter}`);
      }
    }
    for (const [temporary, file] of finished) await rename(temporary, file);
    await utimes(stamp, started, started);
    await rename(stamp, join(dist, '.stamp'));
  } finally {
    for (const file of leftovers) await rm(file, { force: true });
  }
}

try {
  await build();
} catch (error) {
  // esbuild has printed what it found in the sources.
  if (!Array.isArray(error.errors)) console.error(`build: ${error.message}`);
  process.exitCode = 1;
}
