/** What others have of this process: the control socket, the events in a file, its children. */
import type { Model } from '../config/model/model.ts';
import { CheckerSide, type CheckerSideParts } from './checker-side.ts';
import { ControlChildSide } from './control-child-side.ts';
import { ControlSide, type ControlSideParts, type HandedSocket } from './control-side.ts';
import { KubernetesSide, type KubernetesSideParts } from './kubernetes-side.ts';
import type { MailSide } from './mail/mail-side.ts';
import { type LoadOutcome, ProxySide, type ProxySideParts } from './proxy-side.ts';
import type { ReloadOutcome } from './reloader.ts';

export type OutsideParts = Omit<ControlSideParts, 'controlChildStarts'> &
  CheckerSideParts &
  KubernetesSideParts &
  ProxySideParts & { readonly mail: Pick<MailSide, 'close' | 'closeAtOnce'> };

export class Outside {
  readonly #control: ControlSide;
  readonly #child: ControlChildSide;
  readonly #checker: CheckerSide;
  readonly #proxy: ProxySide;
  readonly #kubernetes: KubernetesSide;
  readonly #mail: OutsideParts['mail'];
  /** `elsewhere`: this process is the bridge of an upgrade. */
  #charge: 'ours' | 'elsewhere' = 'elsewhere';

  constructor(parts: OutsideParts) {
    this.#mail = parts.mail;
    this.#control = new ControlSide({ ...parts, controlChildStarts: () => this.#child.starts });
    this.#child = new ControlChildSide({
      ...parts,
      serveReaders: (listener) => this.#control.serveReaders(listener),
    });
    this.#checker = new CheckerSide(parts);
    this.#proxy = new ProxySide(parts);
    this.#kubernetes = new KubernetesSide(parts);
    parts.history.listen(() => this.#checker.reviewInstance());
    process.once('exit', () => this.#closeAtOnce());
  }

  /** Before the engine starts. */
  restoreDrain(): void {
    this.#control.restoreDrain();
  }

  /** From now on this process is the daemon. */
  takeCharge(model: Model, handed?: HandedSocket): void {
    this.#charge = 'ours';
    this.#control.takeCharge(model, handed);
    this.#child.configure(model);
    this.#checker.configure(model);
    this.#proxy.configure(model);
    this.#kubernetes.configure(model);
  }

  /** Before the virtual routers: what the proxy refuses is not applied to them either. */
  reloadProxy(model: Model, onLoaded: (outcome: LoadOutcome) => void): void {
    if (this.#charge === 'ours') this.#proxy.reload(model, onLoaded);
    else onLoaded('serving');
  }

  /** What a process has also where another one is the daemon: the events in a file. */
  configure(model: Model): void {
    this.#control.configure(model);
  }

  reloaded(outcome: ReloadOutcome): void {
    this.#control.reloaded(outcome);
    if (this.#charge !== 'ours') return;
    this.#child.configure(outcome.after);
    if (outcome.outcome === 'applied') this.#checker.reloaded(outcome.after);
  }

  /** Resolves when nothing is balanced any more, nobody served by the proxy, and the last events are written. */
  async close(balancing: 'remove' | 'keep'): Promise<void> {
    this.#kubernetes.close();
    this.#child.close();
    await Promise.all([
      ...[this.#checker.close(balancing), this.#proxy.close()],
      this.#mail.close(),
    ]);
    await new Promise<void>((resolve) => this.#control.close(resolve));
  }

  /** All but the control socket, for the next program of this process. */
  async closeForHeir(): Promise<void> {
    this.#kubernetes.close();
    this.#child.close();
    await Promise.all([this.#checker.close('keep'), this.#proxy.leave(), this.#mail.close()]);
    await new Promise<void>((resolve) => this.#control.closeEventsFile(resolve));
  }

  handDownSocket(): HandedSocket | undefined {
    return this.#control.handDownSocket();
  }

  #closeAtOnce(): void {
    this.#kubernetes.close();
    this.#child.close();
    this.#checker.closeAtOnce();
    this.#proxy.closeAtOnce();
    this.#mail.closeAtOnce();
    this.#control.closeSocket();
  }
}
