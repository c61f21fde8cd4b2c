/** What fields of the model are called in config.toml: tables that both rendering and `fleet migrate` read. */

/** Names by field. */
export interface TomlKeys {
  readonly [field: string]: string | TomlTable;
}

/** The name of a table, or of a list of tables, and the names within. */
export type TomlTable = readonly [name: string, fields: TomlKeys];

type NameOf<Key> = Key extends readonly [infer Name extends string, unknown]
  ? Name
  : Key extends string
    ? Key
    : never;

type Within<Value, Key> = Key extends readonly [string, infer Fields]
  ? Value extends undefined
    ? undefined
    : Value extends readonly (infer Element)[]
      ? readonly Renamed<Element, Fields>[]
      : Renamed<Value, Fields>
  : Value;

/** An object as config.toml has it: other names, the same values. */
export type Renamed<Fields, Keys> = {
  readonly [Field in keyof Keys & keyof Fields as NameOf<Keys[Field]>]: Within<Fields[Field], Keys[Field]>;
};

function within(fields: TomlKeys, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((element) => within(fields, element));
  return value === undefined ? undefined : renderKeys(fields, value as object);
}

/** The fields that a table names, in its order. */
export const renderKeys = <Fields extends object, const Keys extends TomlKeys>(
  keys: Keys,
  fields: Fields,
): Renamed<Fields, Keys> =>
  Object.fromEntries(
    Object.entries(keys).map(([field, key]) => {
      const value: unknown = fields[field as keyof Fields];
      return typeof key === 'string' ? [key, value] : [key[0], within(key[1], value)];
    }),
  ) as Renamed<Fields, Keys>;
