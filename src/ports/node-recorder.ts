import type { Micros } from '../base/time.ts';
import type { Model } from '../config/model/model.ts';
import type { Node } from '../core/node.ts';
import type { NodeState } from '../core/node-state.ts';
import type { NodeEffect, NodeInput } from '../core/node-types.ts';

/** Notes what the engine is told and what comes of it. Returns at once, and never fails. */
export interface NodeRecorder {
  /** Before anything else: what the engine was made of, where it starts. */
  model(model: Model): void;
  /** Before anything else: what it goes on with, where another program has stopped. */
  resumed(at: Micros, model: Model, state: NodeState): void;
  /** Another program is to go on; all must be written when this returns. */
  handedOver(): void;
  /** It does not: this one goes on with the same engine. */
  thawed(at: Micros, engine: Pick<Node, 'model' | 'exportState'>): void;
  /** Before the engine sees it, so that one that breaks the engine is on record. */
  input(at: Micros, input: NodeInput): void;
  expire(at: Micros): void;
  effect(effect: NodeEffect): void;
}
