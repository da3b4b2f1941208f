/**
 * What instances mean that were read before. A file is read anew whenever something of it may have
 * changed, and a thousand instances take a tenth of a second, though most of them are as they were.
 */
import type { VrrpInstanceModel } from '../model/vrrp.ts';
import type { InstanceDefaults } from './interpret/globals.ts';
import type { ScriptDefinition } from './interpret/scripts.ts';
import {
  type BlockText,
  countLines,
  cutBlock,
  isPlain,
  withoutBlocks,
} from './text/plain-block.ts';

interface Entry {
  readonly model: VrrpInstanceModel;
  readonly lineCount: number;
  /** The last one that it was met in. */
  reading: number;
}

/** Of the last reading, by the text of the block; holds secrets. */
export class KnownBlocks {
  readonly #entries = new Map<string, Entry>();
  #reading = 0;
  /** What instances depend on. */
  #around: string | undefined;

  /** The plain block that begins at `index` of a text, the start of a line. */
  find(text: string, index: number): BlockText | undefined {
    const block = cutBlock(text, index);
    if (block === undefined) return undefined;
    // Virtual servers are never known; the text of one is long.
    const entry = block.keyword === 'vrrp_instance' ? this.#entries.get(block.text) : undefined;
    if (entry !== undefined) return { ...block, lineCount: entry.lineCount };
    return isPlain(block) ? { ...block, lineCount: countLines(block.text) } : undefined;
  }

  /** Instances depend on global_defs and vrrp_scripts; nothing is known of them beside others. */
  begin(defaults: InstanceDefaults, scripts: Iterable<ScriptDefinition>): void {
    const weights = Array.from(scripts, ({ model, weight, sense }) => [model.name, weight, sense]);
    const around = JSON.stringify([defaults, weights]);
    if (this.#around !== around) this.#entries.clear();
    this.#around = around;
    this.#reading++;
  }

  /** The same object as long as text, defaults and scripts are the same. */
  modelOf({ text }: BlockText): VrrpInstanceModel | undefined {
    const entry = this.#entries.get(text);
    if (entry !== undefined) entry.reading = this.#reading;
    return entry?.model;
  }

  learn({ text, lineCount }: BlockText, model: VrrpInstanceModel): void {
    // A slice of a text would keep all of it in memory.
    const copy = JSON.parse(JSON.stringify(text)) as string;
    this.#entries.set(copy, { model, lineCount, reading: this.#reading });
  }

  /** What was not met in this reading is gone from the configuration. */
  finish(): void {
    for (const [text, { reading }] of this.#entries) {
      if (reading !== this.#reading) this.#entries.delete(text);
    }
  }

  /** What of a text is still to be read. */
  unknownPart(text: string): string {
    return withoutBlocks(text, (block) => this.#entries.has(block));
  }
}
