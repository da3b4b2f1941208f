/** What must be well on this host for a virtual router to take part at all. */
import type { IpAddress } from '../../base/ip.ts';
import type { VrrpInstanceModel } from '../../config/model/vrrp.ts';
import { Trackers } from './trackers.ts';
import type { Cause, LinkState, TrackerReport } from './types.ts';

/** For the program that takes over from this one. */
export interface ConditionsState {
  readonly link: LinkState;
  readonly source?: IpAddress | undefined;
  readonly lastSource?: IpAddress | undefined;
  readonly reports: readonly TrackerReport[];
}

export class Conditions {
  readonly trackers = new Trackers();
  link: LinkState = 'missing';
  #model: VrrpInstanceModel;
  #source: IpAddress | undefined;
  #lastSource: IpAddress | undefined;

  constructor(model: VrrpInstanceModel) {
    this.#model = model;
    this.configure(model);
  }

  configure(model: VrrpInstanceModel): void {
    this.#model = model;
    this.trackers.configure(model);
  }

  get source(): IpAddress | undefined {
    return this.#source;
  }

  /** What a last advert is sent from when the source itself has gone. */
  get lastSource(): IpAddress | undefined {
    return this.#lastSource;
  }

  changeSource(source: IpAddress | undefined): void {
    this.#source = source;
    this.#lastSource = source ?? this.#lastSource;
  }

  exportState(): ConditionsState {
    return {
      link: this.link,
      source: this.#source,
      lastSource: this.#lastSource,
      reports: this.trackers.exportState(),
    };
  }

  importState({ link, source, lastSource, reports }: ConditionsState): void {
    this.link = link;
    this.#source = source;
    this.#lastSource = lastSource;
    for (const report of reports) this.trackers.note(report);
  }

  /** Whether every tracker has said something. */
  isKnown(): boolean {
    return this.trackers.pending().length === 0;
  }

  faults(): readonly Cause[] {
    const causes: Cause[] = [];
    const { interface: name, trackInterface, source: wanted } = this.#model;
    if (this.link === 'missing' || (trackInterface && this.link === 'down')) {
      causes.push({ kind: 'interface', name, state: this.link });
    }
    if (this.#source === undefined) causes.push({ kind: 'noSource', wanted });
    for (const report of this.trackers.faults()) causes.push({ kind: 'tracker', report });
    return causes;
  }
}
