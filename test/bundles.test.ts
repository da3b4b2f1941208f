import assert from 'node:assert/strict';
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
  const { bundled, loaded } = await bundleOf('src/main.ts');
  assert.deepEqual({ bundled, loaded }, { bundled: [], loaded: ['koffi'] });
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

test('V8 keeps the source of the process that runs as root with one byte a character', async () => {
  const { text } = await bundleOf('src/main.ts');
  assert(text.length > 100_000);
  // esbuild escapes what is in strings; it leaves comments inside of classes as they are.
  const wide = text.split('\n').filter((line) => /[^\0-\x7f]/.test(line));
  assert.deepEqual(wide, []);
});
