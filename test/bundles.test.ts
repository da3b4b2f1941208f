import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { build } from 'esbuild';

/** The packages that are bundled into a process, and those that it loads as it starts. */
interface Bundle {
  readonly bundled: string[];
  readonly loaded: string[];
  readonly text: string;
}

async function bundleOf(entry: string): Promise<Bundle> {
  const { metafile, outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    external: ['koffi'],
    define: { 'import.meta.url': '""' },
    logLevel: 'silent',
  });
  const bundled = new Set<string>();
  const loaded = new Set<string>();
  for (const [path, { imports }] of Object.entries(metafile.inputs)) {
    const name = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];
    if (name !== undefined) bundled.add(name);
    for (const { path: target, external } of imports) {
      if (external === true && target === 'koffi') loaded.add(target);
    }
  }
  return { bundled: [...bundled], loaded: [...loaded], text: outputFiles[0]?.text ?? '' };
}

test('the process that runs as root depends on koffi alone', async () => {
  for (const entry of ['src/main.ts', 'src/cli/daemon/main.ts']) {
    const { bundled, loaded } = await bundleOf(entry);
    assert.deepEqual({ bundled, loaded }, { bundled: [], loaded: ['koffi'] }, entry);
  }
});

test('the control child has its libraries bundled, and no native code', async () => {
  const { bundled, loaded } = await bundleOf('src/daemon/control-child/main.ts');
  assert(bundled.includes('prom-client'), bundled.join());
  assert.deepEqual(loaded, []);
});

test('the mail child has its library bundled, and no native code', async () => {
  const { bundled, loaded } = await bundleOf('src/daemon/mail-child/main.ts');
  assert.deepEqual({ bundled, loaded }, { bundled: ['nodemailer'], loaded: [] });
});

test('the process that speaks with a cluster has YAML and metrics from libraries, and no native code', async () => {
  const { bundled, loaded } = await bundleOf('src/daemon/kubernetes/main.ts');
  const metrics = ['prom-client', 'bintrees', 'tdigest', '@opentelemetry/api'];
  assert.deepEqual({ bundled, loaded }, { bundled: ['yaml', ...metrics], loaded: [] });
});

test('what simulates reads YAML, and has no native code', async () => {
  const { bundled, loaded } = await bundleOf('src/cli/simulate/main.ts');
  assert.deepEqual({ bundled, loaded }, { bundled: ['yaml'], loaded: [] });
});

test('V8 keeps the source of the process that runs as root with one byte a character', async () => {
  const { text } = await bundleOf('src/main.ts');
  assert(text.length > 100_000);
  // esbuild escapes what is in strings; it leaves comments inside of classes as they are.
  const wide = text.split('\n').filter((line) => /[^\0-\x7f]/.test(line));
  assert.deepEqual(wide, []);
});

/** Which file says with which flags each process is started whose bundle is compiled in the build. */
const started = {
  holdfast: 'bin/holdfast',
  daemon: 'bin/holdfast',
  checker: 'src/daemon/checker-program.ts',
  proxy: 'src/daemon/proxy/program.ts',
};

function flagsIn(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  const given = text.match(/^\s*(?:(?:export )?const )?node_?flags\b[^[(\n]*[[(][^\])]*/gim) ?? [];
  return given.join(' ').match(/--[a-z0-9=-]+/g) ?? [];
}

test('processes are started with flags that V8 knows in Node 20 as in Node 24, which refuse others', () => {
  // Seen with 20.20 and 24.21.
  const known = [
    ...['--expose-gc', '--heap-growing-percent', '--initial-old-space-size'],
    ...['--max-old-space-size', '--max-semi-space-size', '--min-semi-space-size'],
    ...['--no-allocation-site-pretenuring', '--no-flush-bytecode'],
    ...['--no-use-osr', '--single-threaded-gc', '--v8-pool-size'],
  ];
  const sources = readdirSync('src/daemon', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join('src/daemon', name));
  for (const file of ['bin/holdfast', ...sources]) {
    for (const flag of flagsIn(file))
      assert(known.includes(flag.split('=')[0] ?? ''), `${file}: ${flag}`);
  }
});

test('V8 takes what the build has compiled', () => {
  execFileSync('bin/holdfast', ['--version']);
  for (const [name, file] of Object.entries(started)) {
    const flags = flagsIn(file);
    assert(flags.length > 0, file);
    const script = `
      const { readFileSync } = require('node:fs');
      const [source, compiled] = ['js', 'v8'].map((end) => readFileSync('dist/${name}.' + end));
      const hash = compiled.latin1Slice(0, 64);
      const cachedData = compiled.subarray(64);
      const script = new (require('node:vm').Script)(source.latin1Slice(), { cachedData });
      console.log(hash === source.latin1Slice(2, 66), script.cachedDataRejected);`;
    const said = execFileSync(process.execPath, [...flags, '-e', script], { encoding: 'utf8' });
    assert.equal(said.trim(), 'true false', name);
  }
});

test('a bundle starts also where V8 does not take it, or of another build, or nothing is there', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hft-bundles-'));
  try {
    const copy = (name: string): void => copyFileSync(`dist/${name}`, join(folder, name));
    for (const name of ['holdfast.cjs', 'holdfast.js', 'holdfast.v8']) copy(name);
    symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
    const version = (...flags: readonly string[]): string =>
      execFileSync(process.execPath, [...flags, join(folder, 'holdfast.cjs'), '--version'], {
        encoding: 'utf8',
      });
    const expected = version();
    assert.match(expected, /^holdfast /);
    assert.equal(version('--max-semi-space-size=3'), expected);
    const compiled = join(folder, 'holdfast.v8');
    writeFileSync(compiled, readFileSync(compiled).fill('0', 0, 64));
    assert.equal(version(...flagsIn('bin/holdfast')), expected);
    rmSync(compiled);
    assert.equal(version(...flagsIn('bin/holdfast')), expected);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the checker process is started before the bundle of the daemon, and ends with it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hft-bundles-'));
  try {
    for (const name of ['holdfast.cjs', 'checker.cjs', 'checker.js', 'checker.v8'])
      copyFileSync(`dist/${name}`, join(folder, name));
    symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
    writeFileSync(join(folder, 'holdfast.js'), "(function () { console.log('all commands'); })");
    // In the place of the daemon: what it finds, and the end of its child once nobody is there to speak to it.
    const found = `(function () {
      const { child } = globalThis[Symbol.for('holdfast.checker')] ?? {};
      console.log(child?.spawnargs.at(-1));
      child?.stdin.end();
      child?.once('exit', (code) => console.log(code));
    })`;
    writeFileSync(join(folder, 'daemon.js'), found);
    const [checked, plain] = [join(folder, 'checked.conf'), join(folder, 'plain.conf')];
    writeFileSync(checked, 'virtual_server 192.0.2.1 80 {\n}\n');
    writeFileSync(plain, 'vrrp_instance V {\n}\n');
    const call = (...words: readonly string[]): string =>
      execFileSync(process.execPath, [join(folder, 'holdfast.cjs'), ...words], {
        encoding: 'utf8',
      });
    assert.equal(call('run', '-f', checked), `${JSON.stringify({ configFile: checked })}\n0\n`);
    assert.equal(call('run', '-f', plain), 'undefined\n');
    assert.equal(call('-n', '-f', plain), 'undefined\n', "with keepalived's options");
    for (const words of [['status'], ['-t', '-f', checked], ['run', '-f', checked, '-f', plain]])
      assert.equal(call(...words), 'all commands\n', words.join(' '));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
