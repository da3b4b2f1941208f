/** `holdfast render --image`: what variables come to, without a container. */
import { formatDiagnostic } from '../../base/diagnostics.ts';
import { createRng } from '../../base/rng.ts';
import type { Images } from '../../config/environment/index.ts';
import type { ContainerSetup, Translation } from '../../config/environment/setup.ts';
import { exitClass, readKeepalivedConfig } from '../../config/keepalived/index.ts';
import { createMemoryFiles } from '../../config/keepalived/memory-files.ts';
import { type RenderOptions, render } from '../../config/keepalived/render/render.ts';
import { rereadRendered } from '../render.ts';

/** Where a container would stop. */
const STOPPED = 1;

export interface ImageRendering {
  readonly setup: ContainerSetup;
  readonly named: string;
  readonly options: RenderOptions;
}

/** Prints the keepalived.conf, and to stderr what is wrong; resolves with the exit code. */
export function renderImage({ setup, named, options }: ImageRendering, images: Images): number {
  const chosen = images.chooseImage({ ...setup, env: {} }, named);
  if (!chosen.ok) {
    process.stderr.write(`holdfast render: ${chosen.reason}\n`);
    return STOPPED;
  }
  const translated = images.translate(setup, chosen.value.image);
  const { diagnostics } = translated;
  process.stderr.write(diagnostics.map((one) => `${formatDiagnostic(one)}\n`).join(''));
  process.stderr.write(`# ${translated.image} runs: ${translated.command.join(' ')}\n`);
  if (diagnostics.some(({ severity }) => severity === 'fatal')) return STOPPED;
  const text = textOf(translated, setup);
  if (text === undefined) {
    process.stderr.write('holdfast render: this image makes no file of its variables\n');
    return STOPPED;
  }
  process.stdout.write(rendered(text, options));
  return exitClass(diagnostics);
}

/** Of a mounted file what it is itself. */
function textOf({ configuration, command }: Translation, { files }: ContainerSetup) {
  const path = command[command.indexOf('-f') + 1] ?? '';
  return configuration?.text ?? files.read(path);
}

function rendered(text: string, options: RenderOptions): string {
  const path = '/keepalived.conf';
  const written = readKeepalivedConfig(path, {
    files: createMemoryFiles({ [path]: text }),
    environment: { get: () => undefined },
    rng: createRng(1),
    hostName: '',
  });
  return render(written, options, rereadRendered);
}
