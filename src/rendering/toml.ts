import { stringify } from 'smol-toml';

/** The only place that writes TOML. Keys without a value are left out; every string stays on one line. */
export function renderToml(table: object): string {
  return stringify(withoutUndefined(table));
}

const withoutUndefined = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .map(([key, inner]) => [key, withoutUndefined(inner)]),
  );
};
