/** One refusal: where, which rule, what stood there. */
export interface Refusal {
  /** Keys and indices from the root of the environment. */
  readonly path: readonly PropertyKey[];
  /** The broken rule, as the rest of a sentence. */
  readonly rule: string;
  /** What stands there. */
  readonly value: unknown;
  /** Nobody knows the key, and so nobody knows whether its value is a secret. @default false */
  readonly isUnknown?: boolean;
}
