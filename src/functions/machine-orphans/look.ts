/** What is known of a fleet's machines and their managers at one moment. */

/** A machine that Docker Machine has started. */
export interface Machine {
  /** Instance id. */
  readonly id: string;
  /** Its name in Docker Machine, by its tag; nothing where it has none. */
  readonly name: string | undefined;
  /** Instance id of its manager, by its tag; nothing where it has none. */
  readonly manager: string | undefined;
  /** Name of its key pair, if it has one. */
  readonly keyName: string | undefined;
  /** When it was launched, in milliseconds since 1970. */
  readonly launchedAtMs: number | undefined;
  /** When an audit first saw that whoever should know it does not, by its tag; nothing where it has none. */
  readonly unclaimedSince: string | undefined;
}

/** What became of a manager. */
export type Manager =
  /** EC2 has terminated it, or no longer knows it. */
  | { readonly kind: 'gone' }
  /** It may be there, but does not say which machines it knows. */
  | { readonly kind: 'silent'; readonly why: string }
  /** It knows machines of these names, and no other. */
  | { readonly kind: 'answered'; readonly names: ReadonlySet<string> };

/** One look at a fleet. */
export interface Look {
  /** When it was begun, in milliseconds since 1970. */
  readonly nowMs: number;
  /** Machines that nobody has ended. */
  readonly machines: readonly Machine[];
  /**
   * Their managers, by instance id; what is no id of an instance is not among them. Where a machine names none, those of
   * the group are among them, whether a machine names them or not.
   */
  readonly managers: ReadonlyMap<string, Manager>;
}
