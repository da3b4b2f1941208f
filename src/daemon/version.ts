declare const HOLDFAST_VERSION: string | undefined;
declare const HOLDFAST_COMMIT: string | undefined;

/** Set by the build; `dev` when the sources run by themselves. */
export const VERSION = typeof HOLDFAST_VERSION === 'string' ? HOLDFAST_VERSION : 'dev';
export const COMMIT = typeof HOLDFAST_COMMIT === 'string' ? HOLDFAST_COMMIT : '';
