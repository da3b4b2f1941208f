import { formatDiagnostic } from '../base/diagnostics.ts';
import { createRng } from '../base/rng.ts';
import { exitClass, readKeepalivedConfig } from '../config/keepalived/index.ts';
import { createMemoryFiles } from '../config/keepalived/memory-files.ts';
import { type RenderOptions, render } from '../config/keepalived/render/render.ts';
import type { Model } from '../config/model/model.ts';
import { type ConfigurationSource, readConfiguration } from './configuration.ts';
import { holdAgainstHost } from './held-configuration.ts';

/** Prints what a configuration comes to; resolves with keepalived's exit code for it. */
export async function renderConfiguration(
  source: ConfigurationSource,
  options: RenderOptions,
): Promise<number> {
  const written = readConfiguration(source);
  const { diagnostics } = holdAgainstHost(written, { ...source, proxyFiles: 'unknown' });
  process.stderr.write(diagnostics.map((one) => `${formatDiagnostic(one)}\n`).join(''));
  if (!diagnostics.some(({ severity }) => severity === 'fatal')) {
    process.stdout.write(render(written, options, rereadRendered));
  }
  return exitClass(diagnostics);
}

/** What is rendered names no file and no host, and refers to nothing. */
export function rereadRendered(text: string): Model {
  return readKeepalivedConfig('/rendered.conf', {
    files: createMemoryFiles({ '/rendered.conf': text }),
    environment: { get: () => undefined },
    rng: createRng(1),
    hostName: '',
  }).model;
}
