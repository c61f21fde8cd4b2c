import { isDeepStrictEqual } from 'node:util';
import { formatRefusal } from '../../../src/config/issues';
import { parseEnvironment } from '../../../src/config/parse';
import type { Refusal } from '../../../src/config/refusal';
import { CommandError } from '../../command-error';
import type { Draft, Path } from './draft';
import type { Notebook } from './notes';

/** A fleet that synth accepts, and that says nothing that holds anyway. */

/** The least around a fleet; what it refers to need not be there. */
const parse = (name: string, fleet: object) =>
  parseEnvironment(
    'a',
    {
      project: 'a',
      aws: { region: 'eu-central-1' },
      network: { type: 'existing', vpcId: 'vpc-0a1b2c3d4e5f60718', subnetIds: ['subnet-0a1b2c3d4e5f60718'] },
      fleets: { [name]: fleet },
    },
    () => undefined,
  );

/** Takes out what the model refuses, one value after the other, with a note for each. */
export function removeRefused(draft: Draft, name: string, notebook: Notebook): void {
  for (;;) {
    const [refusal] = parse(name, draft.fleet).refusals ?? [];
    if (refusal === undefined) return;
    const path = removable(draft, refusal);
    if (!isRemovable(path)) throw new CommandError(formatRefusal("the fleet can't be printed", refusal));
    const field = path.filter((part) => typeof part === 'string').at(-1);
    for (const source of draft.sourcesOf(path))
      notebook.add(source.from, `is left out: ${field} ${refusal.rule}`, draft.get(source.path));
    draft.remove(path);
  }
}

/** What is to go for a refusal: the value itself; for one that is missing, what it is missing in. */
function removable(draft: Draft, { path }: Refusal): Path {
  let inFleet = path.slice(2) as Path;
  while (inFleet.length > 0 && draft.get(inFleet) === undefined) inFleet = inFleet.slice(0, -1);
  return inFleet;
}

/** Without the fleet, its type or a runner it would be another one. */
const isRemovable = (path: Path): boolean =>
  path.length > (path[0] === 'runners' ? 2 : 0) && path[0] !== 'type';

type Container = Record<string, unknown>;

const isContainer = (value: unknown): value is Container => typeof value === 'object' && value !== null;

/** What a fleet means, without what is only said about how it is written. */
function meaningOf(name: string, fleet: object): unknown {
  const { environment } = parse(name, fleet);
  // JSON has no keys without a value.
  return environment && (JSON.parse(JSON.stringify({ ...environment, warnings: [] })) as unknown);
}

/** Takes out every value without which the fleet means the same: the defaults. */
export function removeDefaults({ fleet }: Draft, name: string): void {
  const meaning = meaningOf(name, fleet);
  const visit = (container: Container): void => {
    for (const [key, value] of Object.entries(container)) {
      container[key] = undefined;
      if (!Array.isArray(container) && isDeepStrictEqual(meaningOf(name, fleet), meaning)) continue;
      container[key] = value;
      if (isContainer(value)) visit(value);
    }
  };
  visit(fleet);
}
