/**
 * Prometheus' text format, read strictly: a page that is cut off or is none must never look like one without jobs.
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */

/** One value of a page. */
export interface Sample {
  /** Name of the metric. */
  readonly name: string;
  /** Values of its labels, by name. */
  readonly labels: ReadonlyMap<string, string>;
  /** The value: a number that counts something. */
  readonly value: number;
}

/** Whatever stands between quotes is the value of a label: braces, commas and whole lines of another metric too. */
const quoted = String.raw`"(?:[^"\\]|\\["\\n])*"`;
const label = String.raw`[a-zA-Z_]\w*=${quoted}`;
const count = String.raw`\d+(?:\.\d+)?(?:[eE]\+?\d+)?`;
const labels = String.raw`(?:${label}(?:,${label})*,?)?`;
const line = new RegExp(String.raw`^[a-zA-Z_:][\w:]*(?:\{(${labels})\})?[ \t]+(${count})(?:[ \t]+-?\d+)?$`);

const unescaped = (value: string): string =>
  value.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));

const labelsOf = (text: string): Map<string, string> =>
  new Map(
    [...text.matchAll(new RegExp(label, 'g'))].map(([whole]) => {
      const equals = whole.indexOf('=');
      return [whole.slice(0, equals), unescaped(whole.slice(equals + 2, -1))];
    }),
  );

/** The line itself is in no message: its labels hold parts of tokens. */
function sampleOf(name: string, text: string): Sample {
  const [whole, labelsText = '', value] = line.exec(text) ?? [];
  if (whole === undefined) throw new Error(`the page has a line of ${name} that can't be read`);
  return { name, labels: labelsOf(labelsText), value: Number(value) };
}

/** The samples of some metrics. Others are not looked at, since a page has hundreds of lines. */
export function samplesOf(page: string, names: ReadonlySet<string>): Sample[] {
  if (!page.endsWith('\n')) throw new Error('the page is empty or cut off');
  return page.split('\n').flatMap((text) => {
    const name = /^[\w:]+/.exec(text)?.[0] ?? '';
    return names.has(name) ? [sampleOf(name, text)] : [];
  });
}
