/** Options of `docker-machine create`, from the list `MachineOptions`. */

/** An option. */
export interface Option {
  /** What stands before `=`. */
  readonly name: string;
  /** What stands behind it; nothing for one that is only switched on. */
  readonly value: string | undefined;
  /** As it was written. */
  readonly text: string;
  /** Where it stands. */
  readonly from: string;
}

/** The options of a runner, by name. Of several the last one counts, as for Docker Machine. */
export type Options = ReadonlyMap<string, Option>;
