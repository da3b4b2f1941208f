import type { ScriptCommand } from '../../model/vrrp.ts';
import type { Position } from '../text/traced.ts';

/** Files of iproute2 that give numbers names. */
export type NameDatabase =
  | 'rt_tables'
  | 'rt_protos'
  | 'rt_scopes'
  | 'rt_dsfield'
  | 'rt_realms'
  | 'group'
  | 'protocols';

/** Something that a configuration names beside the model, and that the host must have. */
export type HostClaim = { readonly at: Position } & (
  | {
      readonly kind: 'interface';
      readonly name: string;
      /** `fatal`: keepalived takes it for an error of the whole file. */
      readonly missing: 'reported' | 'fatal';
    }
  | { readonly kind: 'number-name'; readonly database: NameDatabase; readonly name: string }
  | {
      readonly kind: 'script';
      readonly command: ScriptCommand;
      /** Of its position. */
      readonly key: string;
      readonly what: string;
      readonly use: 'notify' | 'health';
    }
  | { readonly kind: 'key-file'; readonly path: string }
  | { readonly kind: 'user'; readonly user: string; readonly group?: string }
);
