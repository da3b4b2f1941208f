/** `holdfast container`: the entry of an image. Writes what its variables mean, and becomes the daemon. */
import { spawn } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readlinkSync,
  renameSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import { formatDiagnostic } from '../../base/diagnostics.ts';
import type { ChosenImage, Images } from '../../config/environment/index.ts';
import type { Configuration, Translation } from '../../config/environment/setup.ts';
import { replaceProgram } from '../../linux/exec.ts';
import { programOnDisk } from '../upgrade/program.ts';
import { ownSetup } from './setup.ts';

const STOPPED = 1;
const NOT_FOUND = 127;
/** Programs that are holdfast under another name. */
const OWN_NAMES = new Set(['keepalived', 'haproxy', 'holdfast', 'kube-keepalived-vip']);
const ANY_EXECUTE = 0o111;

export interface ContainerStart {
  /** The image that the entry names. */
  readonly named: string | undefined;
  readonly argv: readonly string[];
}

/** Returns only where the container cannot go on, with the exit code. */
export function runContainer({ named, argv }: ContainerStart, images: Images): number {
  const setup = ownSetup(argv);
  const chosen = images.chooseImage(setup, named);
  if (!chosen.ok) {
    tell(chosen.reason);
    return STOPPED;
  }
  const translated = images.translate(setup, chosen.value.image);
  explain(chosen.value, translated);
  if (translated.diagnostics.some(({ severity }) => severity === 'fatal')) return STOPPED;
  for (const path of translated.scripts) makeExecutable(path);
  const { configuration } = translated;
  if (configuration !== undefined && !writeConfiguration(configuration)) return STOPPED;
  if (translated.watched !== undefined) watch(translated.watched);
  return become(translated.command);
}

function tell(text: string): void {
  process.stderr.write(`holdfast container: ${text}\n`);
}

function explain({ because }: ChosenImage, translated: Translation): void {
  const { image, dialect, uses, diagnostics, configuration, command } = translated;
  tell(`image ${image}${dialect === undefined ? '' : ` (${dialect})`}: ${because}`);
  for (const { name, origin, value, became } of uses) {
    const source = origin === 'environment' ? '' : ` (${origin})`;
    tell(`${name}=${JSON.stringify(value)}${source}: ${became}`);
  }
  for (const diagnostic of diagnostics) tell(formatDiagnostic(diagnostic));
  if (configuration !== undefined) tell(`the configuration is ${configuration.path}`);
  tell(`runs ${command.join(' ')}`);
}

/** As the old image does; one that is not there is told of by the daemon. */
function makeExecutable(path: string): void {
  try {
    const { mode } = statSync(path);
    if ((mode & ANY_EXECUTE) !== ANY_EXECUTE) chmodSync(path, mode | ANY_EXECUTE);
  } catch (error) {
    tell(`${path} cannot be made executable: ${(error as Error).message}`);
  }
}

/** For root alone: it holds a password. */
function writeConfiguration({ path, text, link }: Configuration): boolean {
  try {
    mkdirSync(dirname(path), { recursive: true });
    const draft = `${path}.new`;
    writeFileSync(draft, text, { mode: 0o600 });
    renameSync(draft, path);
    if (link !== undefined) linkTo(path, link);
    return true;
  } catch (error) {
    tell(`${path} cannot be written: ${(error as Error).message}`);
    return false;
  }
}

function linkTo(path: string, link: string): void {
  mkdirSync(dirname(link), { recursive: true });
  const there = lstatSync(link, { throwIfNoEntry: false });
  if (there?.isSymbolicLink() === true && readlinkSync(link) !== path) unlinkSync(link);
  else if (there !== undefined) return;
  symlinkSync(path, link);
}

/**
 * Tells this process, whatever program it will be, when a file is another one: a shell that looks every two seconds,
 * for as long as there is somebody to tell.
 */
const WATCH = `
look() { stat -L -c '%Y %s %i' "$1" 2>/dev/null; }
last=$(look "$1")
while sleep 2 && kill -0 "$2" 2>/dev/null; do
  now=$(look "$1")
  if [ -n "$now" ] && [ "$now" != "$last" ]; then last=$now; kill -HUP "$2"; fi
done`;

function watch(path: string): void {
  const child = spawn('/bin/sh', ['-c', WATCH, 'sh', path, String(process.pid)], {
    stdio: 'ignore',
  });
  child.on('error', (error) => tell(`${path} is not watched: ${error.message}`));
  child.unref();
}

/** In this process, under the name that scripts look for. */
function become(command: readonly string[]): number {
  const [program = '', ...args] = command;
  const name = basename(program);
  const isOwn = OWN_NAMES.has(name);
  const file = isOwn ? programOnDisk().file : findProgram(program);
  if (file === undefined) {
    tell(`there is no program ${program} in the image`);
    return NOT_FOUND;
  }
  const env = isOwn ? { ...process.env, HOLDFAST_NAME: name } : process.env;
  const failure = replaceProgram({ file, argv: [name, ...args], env });
  tell(`${file} cannot be run: ${failure.message}`);
  return NOT_FOUND;
}

function findProgram(program: string): string | undefined {
  const folders = program.includes('/') ? [''] : (process.env.PATH ?? '').split(delimiter);
  return folders
    .map((folder) => (folder === '' ? program : join(folder, program)))
    .find((path) => {
      const facts = statSync(path, { throwIfNoEntry: false });
      return facts?.isFile() === true && (facts.mode & ANY_EXECUTE) !== 0;
    });
}
