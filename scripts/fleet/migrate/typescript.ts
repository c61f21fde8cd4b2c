/** Data as people write it in TypeScript, in this project's formatting. */

const width = 110;
/** Where a fleet stands in an environment file. */
const place = 4;

const escapes: Readonly<Record<string, string>> = { '\n': '\\n', '\t': '\\t', '\r': '\\r', '\\': '\\\\' };

function quoted(text: string): string {
  const quote = text.split("'").length > text.split('"').length ? '"' : "'";
  const escaped = text.replace(
    /[\\\p{Cc}\u2028\u2029]/gu,
    (character) => escapes[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return quote + escaped.replaceAll(quote, `\\${quote}`) + quote;
}

/** `__proto__` would set a prototype, however it is quoted. */
function keyText(key: string): string {
  if (key === '__proto__') return `[${quoted(key)}]`;
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : quoted(key);
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Prettier breaks lists of several objects that have several keys each. */
const isTable = (value: unknown): boolean =>
  Array.isArray(value) &&
  value.length > 1 &&
  value.every((element) => isObject(element) && entriesOf(element).length > 1);

const entriesOf = (value: object): [string, unknown][] =>
  Object.entries(value).filter(([, inner]) => inner !== undefined);

const hasTable = (value: unknown): boolean =>
  isTable(value) || (isObject(value) && Object.values(value).some(hasTable));

function onOneLine(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (Array.isArray(value)) return `[${value.map(onOneLine).join(', ')}]`;
  if (!isObject(value)) return String(value);
  const fields = entriesOf(value).map(([key, inner]) => `${keyText(key)}: ${onOneLine(inner)}`);
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
}

/** `before` is what stands on the line already, `isOpen` whether there are always several lines. */
function written(value: unknown, indent: string, before: number, isOpen = false): string {
  const short = onOneLine(value);
  const fits = place + indent.length + before + short.length + 1 <= width;
  if (!isObject(value) || (fits && !isOpen && !hasTable(value))) return short;
  const inner = `${indent}  `;
  if (Array.isArray(value))
    return `[\n${value.map((element) => `${inner}${written(element, inner, 0)},\n`).join('')}${indent}]`;
  const fields = entriesOf(value).map(([key, field]) => property(key, field, inner));
  return `{\n${fields.join('')}${indent}}`;
}

function property(key: string, value: unknown, indent: string): string {
  const name = keyText(key);
  const text = written(value, indent, name.length + 2, key === 'runners');
  // Prettier gives a long text a line of its own, except behind a key that is hardly longer than the indent.
  const isTooLong =
    typeof value === 'string' && place + indent.length + name.length + text.length + 3 > width;
  const separator = isTooLong && name.length >= 5 ? `\n${indent}  ` : ' ';
  return `${indent}${name}:${separator}${text},\n`;
}

/** An entry of `fleets` in an environment file. */
export const fleetEntry = (name: string, fleet: object): string =>
  `${keyText(name)}: ${written(fleet, '', 0, true)},\n`;
