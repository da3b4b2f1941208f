import assert from 'node:assert/strict';
import { test } from 'node:test';
import { build } from 'esbuild';

/** The packages that are bundled into a process, and those that it loads as it starts. */
async function packagesOf(entry: string): Promise<{ bundled: string[]; loaded: string[] }> {
  const { metafile } = await build({
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
  return { bundled: [...bundled], loaded: [...loaded] };
}

test('the process that runs as root depends on koffi alone', async () => {
  assert.deepEqual(await packagesOf('src/main.ts'), { bundled: [], loaded: ['koffi'] });
});

test('the control child has its libraries bundled, and no native code', async () => {
  const { bundled, loaded } = await packagesOf('src/daemon/control-child/main.ts');
  assert(bundled.includes('prom-client'), bundled.join());
  assert.deepEqual(loaded, []);
});
