/** What is to happen, by time; at the same time in the order in which it was planned. */
export interface Timeline {
  /** Plans something. */
  readonly at: (time: number, happen: () => void) => void;
  /** Lets happen what is planned, and what that plans, until nothing is left. */
  readonly run: () => void;
  /** The time. */
  readonly now: () => number;
}

interface Entry {
  readonly time: number;
  readonly happen: () => void;
}

/** Where an entry goes among others, of which the latest is first. */
function placeOf(time: number, entries: readonly Entry[]): number {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((entries[middle] as Entry).time > time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A timeline that starts at 0. */
export function timeline(): Timeline {
  // The latest first, so that the next one is taken from the end, and most are put near it.
  const entries: Entry[] = [];
  let time = 0;
  return {
    at(when, happen) {
      entries.splice(placeOf(when, entries), 0, { time: when, happen });
    },
    run() {
      for (let next = entries.pop(); next !== undefined; next = entries.pop()) {
        time = next.time;
        next.happen();
      }
    },
    now: () => time,
  };
}
