// Bundles each process of the program into one file in dist/, so that it starts without a loader.
// Every file is renamed into place, and dist/.stamp comes last: several builds at once do no harm,
// and a program that is starting sees the old file or the new one.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');

/** CommonJS: measured, it starts 14 ms sooner than the same bundle as an ES module. */
const processes = [
  { source: 'src/main.ts', output: 'holdfast.cjs' },
  { source: 'src/daemon/control-child/main.ts', output: 'control.cjs' },
  { source: 'src/daemon/checker-child/main.ts', output: 'checker.cjs' },
  { source: 'src/daemon/mail-child/main.ts', output: 'mail.cjs' },
  { source: 'src/daemon/proxy/main.ts', output: 'proxy.cjs' },
  { source: 'src/cli/plan/main.ts', output: 'plan.cjs' },
  { source: 'src/linux/watchdog-child.ts', output: 'watchdog.cjs' },
  { source: 'src/lab/agent.ts', output: 'lab-agent.cjs', optional: true },
];

// Runs before anything else in the bundle, and is written so that old versions understand it.
const banner = `
(function () {
  var version = process.versions.node.split('.').map(Number);
  if (version[0] < 20 || (version[0] === 20 && version[1] < 19)) {
    process.stderr.write('holdfast: needs Node 20.19 or later, this is ' + process.version + '\\n');
    process.exit(1);
  }
})();
var importMetaUrl = require('node:url').pathToFileURL(__filename).href;
`.trim();

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
    for (const { source, output, optional } of processes) {
      if (optional && !(await exists(join(root, source)))) continue;
      const result = await esbuild.build({
        absWorkingDir: root,
        entryPoints: [source],
        outfile: join(dist, output),
        bundle: true,
        write: false,
        platform: 'node',
        target: 'node20',
        format: 'cjs',
        external: ['koffi'],
        sourcemap: 'linked',
        sourcesContent: false,
        logLevel: 'warning',
        banner: { js: banner },
        define: {
          'import.meta.url': 'importMetaUrl',
          'import.meta.dirname': '__dirname',
          'import.meta.filename': '__filename',
          HOLDFAST_VERSION: JSON.stringify(version),
          HOLDFAST_COMMIT: JSON.stringify(readCommit()),
        },
      });
      for (const file of result.outputFiles) {
        const temporary = `${file.path}.${suffix}`;
        leftovers.push(temporary);
        await writeFile(temporary, file.contents);
        finished.push([temporary, file.path]);
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
