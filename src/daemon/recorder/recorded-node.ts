import type { Micros } from '../../base/time.ts';
import type { Model } from '../../config/model/model.ts';
import type { Sink } from '../../core/machine.ts';
import { Node } from '../../core/node.ts';
import type { NodeState } from '../../core/node-state.ts';
import type { NodeEffect, NodeInput } from '../../core/node-types.ts';
import type { NodeRecorder } from '../../ports/node-recorder.ts';

/** An engine, and where there is a recorder one that tells it everything. */
export function createNode(model: Model, recorder: NodeRecorder | undefined): Node {
  return recorder === undefined ? new Node(model) : new RecordedNode(model, recorder);
}

class RecordedNode extends Node {
  readonly #recorder: NodeRecorder;

  constructor(model: Model, recorder: NodeRecorder) {
    super(model);
    this.#recorder = recorder;
    recorder.model(model);
  }

  override importState(now: Micros, state: NodeState, out: Sink<NodeEffect>): void {
    this.#recorder.resumed(now, this.model, state);
    super.importState(now, state, this.#tell(out));
  }

  override handle(now: Micros, input: NodeInput, out: Sink<NodeEffect>): void {
    this.#recorder.input(now, input);
    super.handle(now, input, this.#tell(out));
  }

  override expire(now: Micros, out: Sink<NodeEffect>): void {
    this.#recorder.expire(now);
    super.expire(now, this.#tell(out));
  }

  #tell(out: Sink<NodeEffect>): Sink<NodeEffect> {
    return {
      push: (effect) => {
        this.#recorder.effect(effect);
        out.push(effect);
      },
    };
  }
}
