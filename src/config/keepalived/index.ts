/** Reads a keepalived.conf into the model: the public entry of this folder. */

import type { Diagnostic } from '../../base/diagnostics.ts';
import type { Rng } from '../../base/rng.ts';
import type { Model } from '../model/model.ts';
import type { LoadBalancing } from '../model/virtual-server.ts';
import type { Code } from './codes.ts';
import { exitClassOf } from './exit-class.ts';
import type { ConfigFiles } from './files.ts';
import { parseAround, type RootStatement } from './grammar/around-blocks.ts';
import { parse } from './grammar/parser.ts';
import type { Statement } from './grammar/tree.ts';
import {
  checkModelAgainstHost,
  type HostCheck,
  type HostFacts,
  type ModelPositions,
} from './host-check.ts';
import type { HostClaim } from './interpret/claims.ts';
import { interpret } from './interpret/model.ts';
import { Positions } from './interpret/positions.ts';
import { interpretLoadBalancing } from './interpret/virtual-servers/load-balancing.ts';
import { interpretTrackChecks } from './interpret/virtual-servers/track-checks.ts';
import { KnownBlocks } from './known-blocks.ts';
import { type Fault, Report } from './report.ts';
import { cutAtBraces } from './text/pieces.ts';
import { isPlainBlock, type PlainBlock, type SourceLine } from './text/plain-block.ts';
import { Preprocessor } from './text/preprocess.ts';
import type { TracedLine } from './text/traced.ts';

export interface KeepalivedSurroundings {
  readonly files: ConfigFiles;
  readonly environment: { get(name: string): string | undefined };
  readonly rng: Rng;
  /** What `@id` lines are compared with; the host name up to its first dot where absent. */
  readonly configId?: string;
  readonly hostName: string;
  /** `all`: whatever an include does not find is an error, as `keepalived -e` has it. */
  readonly includes?: 'as-written' | 'all';
  /** From one reading to the next. */
  readonly known?: KnownBlocks;
  /**
   * `left out`: plain virtual_server blocks are there, but mean nothing, and nothing is told of them. They are
   * most of what there is to read where there are thousands, and the checker process reads them anyway.
   */
  readonly plainServers?: 'read' | 'left out';
}

export interface KeepalivedConfig {
  readonly model: Model;
  /** What the checker process does. */
  readonly loadBalancing: LoadBalancing;
  /** All of them, in the order of the text. One of severity `fatal` means: nothing was read. */
  readonly diagnostics: readonly Diagnostic[];
  readonly positions: ModelPositions;
  /** What the host must have beside what the model asks for. */
  readonly claims: readonly HostClaim[];
  /** Every file that was read, in that order. */
  readonly filesRead: readonly string[];
  /**
   * The whole text as a tree, macros and includes replaced, and what is wrong with its words. Blocks that
   * `known` may know are left out.
   */
  readonly statements: readonly Statement[];
  readonly faults: readonly Fault[];
  /** Those of them that are about plain virtual_server blocks, or come of them: not told where these are left out. */
  ofPlainServers(diagnostics: readonly Diagnostic[]): readonly Diagnostic[];
  /** What was read, without comments, indentation, includes and definitions. Holds secrets. */
  text(): string;
}

/** Reads the file at `path` (or all that match it as a pattern) and everything it includes. */
export function readKeepalivedConfig(
  path: string,
  surroundings: KeepalivedSurroundings,
): KeepalivedConfig {
  const { files, environment, rng, configId, hostName, includes, known } = surroundings;
  const report = new Report();
  const id = configId ?? hostName.split('.', 1)[0] ?? hostName;
  const around = { environment, rng, configId: id };
  const preprocessor = new Preprocessor(files, around, {
    report,
    includes: includes ?? 'as-written',
    blocks: known,
  });
  const open = (block: PlainBlock, own = report): readonly TracedLine[] =>
    new Preprocessor(files, around, { report: own, includes: 'as-written' }).readBlock(block);
  const lines = preprocessor.run(path);
  const all = parseAround(lines, report, open);
  const isLeftOut = surroundings.plainServers === 'left out';
  const roots = isLeftOut ? all.filter((root) => !isPlainServer(root)) : all;
  const positions = new Positions();
  const claims: HostClaim[] = [];
  const context = { report, positions, claims };
  const read = (block: PlainBlock, own: Report): Statement | undefined =>
    parse(cutAtBraces(open(block, own), own), own)[0];
  const statements = roots.filter((root): root is Statement => !isPlainBlock(root));
  const trackChecks = interpretTrackChecks(statements, context);
  const blocks = { read, known: known ?? new KnownBlocks() };
  const vrrp = interpret(roots, trackChecks, context, blocks);
  const loadBalancing = interpretLoadBalancing(roots, trackChecks, context, blocks);
  const checker = roots.length < all.length ? checkerAny(loadBalancing) : checkerOf(loadBalancing);
  const model = checker === undefined ? vrrp : { ...vrrp, checker };
  const { filesRead } = preprocessor;
  const { faults } = report;
  const quiet = new Report();
  const written = (line: SourceLine): readonly TracedLine[] =>
    isPlainBlock(line) ? open(line, quiet) : [line];
  const text = (): string =>
    lines
      .flatMap(written)
      .map((line) => `${line.text.trim()}\n`)
      .join('');
  const sorted = report.sorted();
  const diagnostics = isLeftOut ? sorted.filter(({ code }) => code !== AMONG_SERVERS) : sorted;
  const found = { diagnostics, faults, positions, claims };
  const plainServers = all.filter(isPlainServer);
  const ofPlainServers = (told: readonly Diagnostic[]): readonly Diagnostic[] =>
    within(told, plainServers);
  return { model, loadBalancing, ...found, ofPlainServers, filesRead, statements, text };
}

/** Told of one that need not be plain, because of one that may be. */
const AMONG_SERVERS: Code = 'duplicate-virtual-server';

function isPlainServer(root: RootStatement): root is PlainBlock {
  return isPlainBlock(root) && root.keyword === 'virtual_server';
}

function within(
  diagnostics: readonly Diagnostic[],
  blocks: readonly PlainBlock[],
): readonly Diagnostic[] {
  return diagnostics.filter(
    ({ code, file, line }) =>
      code === AMONG_SERVERS ||
      blocks.some((block) => {
        const isBelow = block.file === file && block.line <= line;
        return isBelow && line < block.line + block.lineCount;
      }),
  );
}

function checkerOf(balancing: LoadBalancing): Model['checker'] {
  const { outlines = [], trackChecks } = balancing;
  if (outlines.length === 0 && trackChecks.length === 0) return undefined;
  return checkerAny(balancing);
}

function checkerAny({ settings }: LoadBalancing): NonNullable<Model['checker']> {
  const follows = settings.syncDaemon?.instance;
  return follows === undefined ? {} : { follows };
}

/** What a model asks for that this host does not have; the model comes back without it. */
export function checkAgainstHost(
  model: Model,
  positions: ModelPositions,
  host: HostFacts,
  claims: readonly HostClaim[] = [],
): HostCheck {
  return checkModelAgainstHost(model, positions, host, claims);
}

/** The exit code that `keepalived -t` has for such diagnostics. */
export function exitClass(diagnostics: readonly Diagnostic[]): number {
  return exitClassOf(diagnostics);
}
